"""The gaps of a place: what it needs, what is promised, what there is, year by year."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import xarray as xr

from yilao.gap.comparisons import compare
from yilao.gap.known_supply import known_supply, near_figures
from yilao.gap.requirements import LAST_YEAR, PlaceNeed, Requirement, place_need
from yilao.gap.timing import first_year_short, required_additions
from yilao.place import Place
from yilao.schema import SchemaError, UnknownNameError, sources_of

# What may be asked for, and the measures that answer it.
OF: dict[str, tuple[str, ...]] = {
    "nursing_beds": ("nursing_beds", "institution_nursing_beds", "dementia_beds"),
    "beds": ("care_beds", "institution_beds", "beds_of_need", "rehabilitation_beds"),
    "places": ("childcare_places",),
    "caregivers": ("certified_carers", "childcare_staff"),
}


@dataclass(frozen=True, eq=False)
class GapLine:
    """One measure of the answer.

    Attributes
    ----------
    need : the line of ``place_need``: values by year, norm, promised numbers.
    supply : (year), or a stock of one year; None is unknown.
    supply_is : ``counted``, ``implied`` by a rate that a document counts, ``given``, ``unknown``.
    comparisons : of ``compare``, in the years in which both are known.
    additions : of ``required_additions`` on need less supply, or None.
    first_short : first year in which need exceeds supply; None if never or not known.
    near : figures that count something near, as (statement, year, value, unit).
    """

    need: Requirement
    supply: xr.DataArray | None
    supply_is: str
    comparisons: Mapping[str, xr.Dataset]
    additions: xr.Dataset | None
    first_short: int | None
    near: tuple[tuple[str, int | None, float, str], ...]


@dataclass(frozen=True, eq=False)
class PlaceGap:
    """Answer of `place_gap`.

    Attributes
    ----------
    place, variant, of : what was asked.
    need : the answer of ``place_need`` behind it.
    lines : one for each measure and norm.
    missing : concepts without a norm, and ``<measure>_supply`` where the supply is unknown.
    sources : where the figures come from.
    """

    place: Place
    variant: str
    of: str
    need: PlaceNeed
    lines: tuple[GapLine, ...]
    missing: list[str]
    sources: list[str]

    @property
    def measures(self) -> tuple[str, ...]:
        """What answers ``of``, whether or not it has a line."""
        return OF[self.of]


def place_gap(
    place: Place,
    of: str,
    *,
    variant: str | None = None,
    until: int = LAST_YEAR,
    norms: Mapping[str, float] | None = None,
    supply: Mapping[str, xr.DataArray] | None = None,
    lead: int = 0,
) -> PlaceGap:
    """Set what a place needs against what its documents promise and what exists, to 2035.

    Parameters
    ----------
    place : from ``load_place`` or ``read_place``.
    of : ``nursing_beds``, ``beds``, ``places`` or ``caregivers``.
    variant, until, norms : as for ``place_need``.
    supply : by measure, what you know better than the documents: a ``stock``, or a path (year) such
        as ``yilao.supply.operational`` of your projects.
    lead : years from order to opening, for the additions.

    Returns
    -------
    PlaceGap
        A line for each measure and norm; an unknown supply is unknown, by name.

    Raises
    ------
    UnknownNameError
        ``of`` or a measure of ``supply`` is not known, or as for ``place_need``.
    SchemaError
        A supply is of another unit or measure, has no year or is later than the need, or the lead
        is no number of years.
    BasisError
        A supply is of another basis than the need.

    Notes
    -----
    A counted stock is carried unchanged to later years: what opened or closed since is not known.
    It is not carried back.  Additions start with the whole gap of the first year.

    Examples
    --------
    >>> from yilao.place import load_place
    >>> answer = place_gap(load_place("ankang"), "nursing_beds")
    >>> line = answer.lines[0]
    >>> line.supply_is, float(line.supply), line.first_short
    ('counted', 2781.0, 2021)
    >>> found = line.comparisons["need_less_promise"].shortfall
    >>> found.year.values.tolist(), found.round(-2).values.tolist()
    ([2025], [3400.0])
    """
    need = place_need(place, variant=variant, until=until, norms=norms)
    return gaps_of(need, of, supply=supply, lead=lead)


def gaps_of(
    need: PlaceNeed,
    of: str,
    *,
    supply: Mapping[str, xr.DataArray] | None = None,
    lead: int = 0,
) -> PlaceGap:
    """The gaps of a need that is computed already, as ``place_gap`` gives them.

    Parameters
    ----------
    need : of ``place_need``.
    of, supply, lead : as for ``place_gap``.

    Returns
    -------
    PlaceGap

    Raises
    ------
    UnknownNameError, SchemaError, BasisError
        As for ``place_gap``.

    Examples
    --------
    >>> from yilao.place import load_place
    >>> need = place_need(load_place("hangzhou"), until=2025)
    >>> [len(gaps_of(need, of).lines) for of in OF]
    [0, 1, 1, 2]
    """
    if of not in OF:
        raise UnknownNameError(f"of {of!r} is not known. Use {', '.join(OF)}.")
    place, given = need.place, dict(supply or {})
    if unknown := [m for m in given if m not in OF[of]]:
        raise UnknownNameError(
            f"supply: {unknown[0]!r} is no measure of {of}. Known: {', '.join(OF[of])}."
        )
    rows = [row for measure in OF[of] for row in need.rows if row.measure == measure]
    lines = tuple(_line(place, row, given.get(row.measure), lead) for row in rows)
    lacking = [x.need.measure for x in lines if x.supply is None]
    if OF[of][0] not in [x.need.measure for x in lines] and OF[of][0] not in place.supply:
        # With no need to set it against, the supply is still unknown by name.
        lacking = [OF[of][0], *lacking]
    # What need would fill are beds in institutions.
    lacking = ["institution_beds" if m == "beds_of_need" else m for m in lacking]
    absent = dict.fromkeys(f"{measure}_supply" for measure in lacking)
    asked = [m for m in need.missing if _concerns(m, of)]
    sources = [s for x in lines for s in sources_of(x.need.values, x.supply)]
    return PlaceGap(
        place=place,
        variant=need.variant,
        of=of,
        need=need,
        lines=lines,
        missing=[*asked, *absent],
        sources=list(dict.fromkeys(sources)),
    )


def _concerns(concept: str, of: str) -> bool:
    """Whether a missing norm is one of those asked for."""
    words = {
        "nursing_beds": ("bed",),
        "beds": ("care_beds", "institution_beds"),
        "places": ("places",),
        "caregivers": ("carers",),
    }
    return any(word in concept for word in words[of])


def _line(place: Place, row: Requirement, given: xr.DataArray | None, lead: int) -> GapLine:
    held, how = (given, "given") if given is not None else known_supply(place, row)
    if given is not None:
        _check_given(given, row)
    need = row.values.assign_attrs(measure=row.measure)
    promise = _promise(row)
    found = compare(need, promise=promise)
    additions, first = None, None
    if held is not None:
        # A stock is not carried back to years before its count.
        later = need.sel(year=slice(int(held["year"].min()), None))
        if later.sizes["year"]:
            after = None if promise is None else promise.sel(year=promise.year >= later.year[0])
            after = None if after is None or not after.sizes["year"] else after
            pairs = compare(later, supply=held, promise=after, hold="year" not in held.dims)
            found = {**pairs, **found}
            gap = pairs["need_less_supply"]["shortfall"]
            additions = required_additions(gap, lead=lead)
            year = float(first_year_short(gap))
            first = int(year) if year == year else None
    return GapLine(row, held, how, found, additions, first, near_figures(place, row.measure))


def _check_given(held: xr.DataArray, row: Requirement) -> None:
    """Raise where a supply of the user's has no year, or none up to the last of the need."""
    if not isinstance(held, xr.DataArray) or "year" not in held.coords:
        raise SchemaError(
            f"supply of {row.measure}: {held!r} has no year. Make it with yilao.supply.stock."
        )
    last, first = int(row.values["year"].max()), int(held["year"].min())
    if first > last:
        raise SchemaError(
            f"supply of {row.measure}: it is of {first}, after {last}, the last year of the need. "
            "A stock is not carried back: look further ahead, or give an earlier count."
        )


def _promise(row: Requirement) -> xr.DataArray | None:
    years = sorted(y for y in row.promised if y in row.values["year"].values)
    if not years:
        return None
    return xr.DataArray(
        [row.promised[y] for y in years],
        coords={"year": years},
        dims="year",
        attrs={"units": row.unit, "basis": row.basis, "measure": row.measure},
    )
