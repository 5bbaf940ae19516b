"""Elder-care beds by a norm per 1,000 older people and by bands of age."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import xarray as xr

from yilao import facts
from yilao.demand.model import Band, Rate, by_age, per_people, weights
from yilao.demand.parameter_table import of_id, source_of
from yilao.schema import OPEN_AGE, SchemaError, check_values

CARE, MEDICAL, HOME = "care institutions", "medical institutions", "homes"


def check_share(value: Rate, name: str) -> None:
    """Raise unless a share or an occupancy is above 0 and at most 1."""
    share = xr.DataArray(value)
    check_values(share, name, high=1.0)
    if not bool((share > 0).all()):
        raise SchemaError(
            f"{name}: {value} is not above 0. It is a share, above 0 and at most 1 (85 % is 0.85)."
        )


def beds(
    per_1000: Rate,
    *,
    from_age: int | None = None,
    basis: str | None = None,
    definition: str = "",
    sources: Sequence[str] = (),
    open_age: int = OPEN_AGE,
) -> xr.DataArray:
    """Elder-care beds by a norm per 1,000 people aged 60+, 65+ or 70+ (每千名老年人养老床位数).

    Parameters
    ----------
    per_1000 : beds per 1,000 people from ``from_age`` on; or one for each ``year``.
    from_age : 60 in China, 65 with the OECD, 70 in Australia.
    basis : whom the norm counts, ``resident`` or ``registered``.
    definition, sources : as for ``weights``.
    open_age : the last age.

    Returns
    -------
    xr.DataArray
        (measure ``care_beds``, [year,] sex, age), a norm requirement in beds.

    Raises
    ------
    SchemaError
        No denominator, or a norm not above 0.

    Notes
    -----
    A ratio to 60+ leaves out ageing within 60+: where those over 80 grow faster than those over 60
    it errs low.  ``beds_by_age`` does not.

    Examples
    --------
    >>> model = beds(30, from_age=60, basis="resident")
    >>> float(model.sel(sex="female", age=75).item())
    0.03
    """
    return per_people(
        per_1000,
        per=1000,
        measure="care_beds",
        unit="beds",
        from_age=from_age,
        basis=basis,
        definition=definition,
        setting=CARE,
        sources=sources,
        open_age=open_age,
    )


def beds_by_age(
    per_1000: Mapping[Band, float],
    *,
    basis: str = "resident",
    definition: str = "",
    sources: Sequence[str] = (),
    open_age: int = OPEN_AGE,
) -> xr.DataArray:
    """Beds by rates per 1,000 people of bands of age, as certificate-of-need rules set them.

    Parameters
    ----------
    per_1000 : ``{(65, 75): 10.0, (75, None): 40.0}``, half-open bands; 0 outside them.
    basis, definition, sources : as for ``weights``.
    open_age : the last age.

    Returns
    -------
    xr.DataArray
        (measure ``care_beds``, sex, age), a norm requirement in beds.

    Raises
    ------
    SchemaError
        Bands overlap or leave a gap, or a rate is negative or missing.

    References
    ----------
    Arkansas Health Services Commission, Regulation 100M: beds per 1,000 people under 65, 65-74,
    75-84 and 85 and over.  ``bed_rates`` gives them.

    Notes
    -----
    Rates drift: that of 85 and over fell by 12 % between the versions of 2003 and 2016.

    Examples
    --------
    >>> model = beds_by_age(bed_rates("arkansas-2016"), definition="Arkansas, 2016")
    >>> float(model.sel(sex="male", age=90).item())
    0.16
    """
    return weights(
        by_age(per_1000, open_age=open_age) / 1000,
        measure="care_beds",
        unit="beds",
        kind="norm requirement",
        basis=basis,
        definition=definition or "beds per 1,000 by age",
        setting=CARE,
        sources=sources,
    )


def bed_rates(name: str) -> dict[Band, float]:
    """Return packaged bed rates per 1,000 people by bands of age.

    Raises
    ------
    UnknownNameError
        There are none of this name.

    Examples
    --------
    >>> bed_rates("arkansas-2016")[65, 75]
    10.0
    """
    found = of_id("bed_rates.csv", name, "bed rates")
    return {
        (int(r["age_low"]), int(r["age_high"]) + 1 if r["age_high"] else None): facts.number(
            r["value"], f"bed_rates.csv, {name}"
        )
        for r in found
    }


def bed_rates_source(name: str) -> str:
    """Return the source of packaged bed rates."""
    return source_of(of_id("bed_rates.csv", name, "bed rates")[0])
