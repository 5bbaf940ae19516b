"""Plans as data: documents, their indicators, and each figure as printed."""

import lazy_loader

# What is here stands in __init__.pyi, and is loaded when it is first used.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
