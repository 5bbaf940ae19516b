"""What the documents of a place say of what exists, and of what is near to it."""

from __future__ import annotations

import xarray as xr

from yilao.gap.requirements import Requirement
from yilao.place import Place
from yilao.supply import stock

# Figures of documents that count something near, but not the same: shown, never compared.
NEAR: dict[str, tuple[str, ...]] = {
    "institution_beds": ("social_care_beds_per_1000_older", "care_beds"),
    "institution_nursing_beds": ("institution_nursing_bed_share",),
    "certified_carers": ("professional_carers_per_10000_older", "carers"),
    "childcare_staff": ("childcare_staff",),
    "beds_of_need": ("care_beds",),
}


def known_supply(place: Place, row: Requirement) -> tuple[xr.DataArray | None, str]:
    """The stock that a document counts, or that its rate of the base year implies."""
    if row.measure in place.supply:
        return place.supply[row.measure], "counted"
    if row.measure == "certified_carers":
        base = int(place.base["year"])
        older = float(place.base.sel(age=slice(60, None)).sum())
        for document in place.plans:
            if document.document not in row.documents:
                continue
            for indicator in document.indicators:
                points = [p for p in indicator.points if p.year == base and p.role == "base"]
                if indicator.statement == row.norm_id and points and points[0].value:
                    held = stock(
                        points[0].value * older / 10_000,
                        date=str(base),
                        units=row.unit,
                        basis=row.basis,
                        measure=row.measure,
                        definition=f"{points[0].printed} per 10,000, of residents aged 60 and over",
                        source=f"{document.sources[0]}: “{indicator.quote}”",
                    )
                    return held, "implied"
    return None, "unknown"


def near_figures(place: Place, measure: str) -> tuple[tuple[str, int | None, float, str], ...]:
    """Counted figures of a neighbouring definition, of the latest year of each."""
    found: dict[str, tuple[str, int | None, float, str]] = {}
    for document in place.plans:
        for indicator in document.indicators:
            if indicator.statement in NEAR.get(measure, ()):
                for point in indicator.points:
                    if point.role in ("base", "statistic") and point.value is not None:
                        key = f"{indicator.statement} {document.document}"
                        new = (indicator.statement, point.year, point.value, indicator.unit)
                        if key not in found or (point.year or 0) >= (found[key][1] or 0):
                            found[key] = new
    return tuple(dict.fromkeys(found.values()))
