"""Beds of institutions from the people who live in them: prevalence, propensity, occupancy."""

from __future__ import annotations

from collections.abc import Mapping

import xarray as xr

from yilao.demand.bed_norms import CARE, check_share
from yilao.demand.model import Rate, check_alike, weights
from yilao.demand.sums import check_need, select_severities
from yilao.schema import SchemaError


def beds_per_1000(share: Rate, *, occupancy: Rate) -> Rate:
    """Beds per 1,000 people that a share of them in institutions fills: 1000 · share / occupancy.

    Parameters
    ----------
    share : of the people in institutions.
    occupancy : share of beds that are occupied.

    Returns
    -------
    float or xr.DataArray
        Beds per 1,000 people.

    Raises
    ------
    SchemaError
        A share or occupancy is not above 0 or above 1.

    Examples
    --------
    >>> round(beds_per_1000(0.03, occupancy=0.85), 1)    # 3 % in institutions
    35.3
    """
    check_share(share, "share")
    check_share(occupancy, "occupancy")
    check_alike(share=share, occupancy=occupancy)
    return 1000 * share / occupancy


def institution_share(per_1000: Rate, *, occupancy: Rate) -> Rate:
    """Share of people in institutions that fills a norm of beds: per_1000 · occupancy / 1000.

    Parameters
    ----------
    per_1000 : beds per 1,000 people.
    occupancy : share of beds that are occupied.

    Returns
    -------
    float or xr.DataArray
        Share, 0 to 1; a norm is a claim on how many live in institutions.

    Raises
    ------
    SchemaError
        The occupancy is not above 0, the norm is not, or more people than there are would be
        needed to fill the beds.

    Examples
    --------
    >>> institution_share(60, occupancy=0.5)      # 60 beds per 1,000, half of them empty
    0.03
    """
    check_share(occupancy, "occupancy")
    check_alike(per_1000=per_1000, occupancy=occupancy)
    share = per_1000 * occupancy / 1000
    check_share(share, "share in institutions")
    return share


def beds_of_need(
    need: xr.DataArray,
    *,
    propensity: float | Mapping[str, float],
    occupancy: float,
    measure: str = "care_beds",
    part_of: str = "",
) -> xr.DataArray:
    """Beds from people in need: prevalence times institutional propensity over occupancy.

    beds = Σ_s C_s · h_s / o with the people C_s in need at severity s, the share h_s of them who
    would live in an institution, and the occupancy o.  With only the moderate and severe in
    ``propensity`` these are nursing beds by severity.

    Parameters
    ----------
    need : (measure, [year,] sex, age) weights of ``care_need``, severities that exclude each other.
    propensity : h for the one measure of ``need``, or for each that counts; others count for none.
    occupancy : o, above 0 and at most 1.
    measure, part_of : as for ``weights``; nursing beds are part of ``care_beds``.

    Returns
    -------
    xr.DataArray
        (measure, [year,] sex, age), a demand in beds.

    Raises
    ------
    SchemaError
        The weights are not a need, a measure of ``propensity`` is not among them, a propensity or
        occupancy is not above 0 or above 1, or the severities together are more than everybody.

    Notes
    -----
    With the residents of the base year known, ``propensity_of`` finds h.  Stated willingness (14 to
    45 % in surveys of three provinces) is several times what is lived and errs high.  Those who
    pay from afar and those turned away are left out.

    Examples
    --------
    >>> from yilao.demand import care_need
    >>> need = care_need("pooled-adl-2023")
    >>> model = beds_of_need(need, propensity=0.1, occupancy=0.85)
    >>> model.attrs["kind"], round(float(model.sel(sex="male", age=85).item()), 4)
    ('demand', 0.0553)
    """
    check_need(need)
    check_share(occupancy, "occupancy")
    names = [str(m) for m in need["measure"].values]
    if not isinstance(propensity, Mapping):
        if len(names) > 1:
            raise SchemaError(
                f"propensity: one number for {len(names)} measures. Give {{measure: share}}."
            )
        propensity = {names[0]: propensity}
    if not propensity:
        raise SchemaError(f"propensity: nobody enters. Give {{measure: share}} of {names}.")
    if unknown := [m for m in propensity if m not in names]:
        raise SchemaError(f"propensity: {unknown[0]!r} is not a measure of need ({names}).")
    for name, share in propensity.items():
        check_share(share, f"propensity of {name}")
    shares = xr.DataArray(list(propensity.values()), coords={"measure": list(propensity)})
    chosen = select_severities(need, propensity)
    told = "; ".join(f"{share:g} of {name}" for name, share in propensity.items())
    definitions = ", ".join(dict.fromkeys(chosen["definition"].values.tolist()))
    return weights(
        xr.dot(chosen, shares, dim="measure") / occupancy,
        measure=measure,
        unit="beds",
        kind="demand",
        basis=str(need.attrs["basis"]),
        definition=f"{definitions}: {told} in institutions, {occupancy:g} of beds occupied",
        part_of=part_of,
        setting=CARE,
        sources=need.attrs["sources"],
    )


def propensity_of(residents: float, cases: float) -> float:
    """Institutional propensity that gives the observed residents: h = residents / cases.

    Parameters
    ----------
    residents : people who live in institutions, counted.
    cases : people in need in the same year, by the definition that will be projected.

    Returns
    -------
    float
        Share, 0 to 1.

    Raises
    ------
    SchemaError
        More residents than cases: the definition is too narrow for them.

    Examples
    --------
    >>> propensity_of(8_000, 100_000)
    0.08
    """
    if not 0 < residents <= cases:
        raise SchemaError(
            f"residents: {residents} of {cases} cases is no share. Where more people live in "
            "institutions than are in need, the definition is too narrow, or many are healthy."
        )
    return residents / cases
