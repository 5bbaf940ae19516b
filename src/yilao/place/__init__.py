"""One city: base population, rates, supply and plans, gathered by name or from your own file."""

from yilao.place.own import place_of_county, read_place
from yilao.place.packaged import Place, load_place

__all__ = ["Place", "load_place", "place_of_county", "read_place"]
