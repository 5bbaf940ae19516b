"""What people need: places, beds, carers, area.

A model is an array of weights (measure, [year,] sex, age): ``apply`` sums a population with it,
``yilao.project_sums`` does so inside the projection.
"""

import lazy_loader

# What is here stands in __init__.pyi, and is loaded when it is first used.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
