"""One city: base population, rates, supply and plans, gathered by name or from your own file."""

import lazy_loader

# What is here stands in __init__.pyi, and is loaded when it is first used.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
