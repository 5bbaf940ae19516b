"""yilao (一老一小): how many elderly people and small children, what they need, and the gap."""

__version__ = "0.1.0"
