from .own import place_of_county, read_place
from .packaged import Place, load_place

__all__ = ["Place", "load_place", "place_of_county", "read_place"]
