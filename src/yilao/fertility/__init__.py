"""Fertility: schedules, measures, levels found indirectly, forecasts, and China's own figures."""

import lazy_loader

# What is here stands in __init__.pyi, and is loaded when it is first used.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
