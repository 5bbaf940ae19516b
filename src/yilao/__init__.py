"""yilao (一老一小): how many elderly people and small children, what they need, and the gap.

The notebook's names are here; specialists go through the modules (``yilao.population``,
``yilao.mortality``, ``yilao.fertility``, ``yilao.migration``, ``yilao.demand`` …).
"""

import lazy_loader

__version__ = "0.1.0"

# What is here stands in __init__.pyi, and is loaded when it is first used.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
