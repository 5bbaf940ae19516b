"""What people need: places, beds, carers, area."""

from yilao.demand.childcare import childcare_places

__all__ = ["childcare_places"]
