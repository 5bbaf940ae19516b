"""Staff that people, residents and children call for: carers, certificates, childcare staff."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import xarray as xr

from yilao.demand.bed_norms import check_share
from yilao.demand.classes import children_by_class, class_standard
from yilao.demand.model import Rate, per_people, weights
from yilao.demand.sums import check_need, select_severities
from yilao.schema import OPEN_AGE, SchemaError


def carers(
    need: xr.DataArray,
    *,
    propensity: Mapping[str, float],
    residents_per_carer: Mapping[str, float],
    relief: float = 1.0,
) -> xr.DataArray:
    """Carers in institutions from their residents by severity.

    carers = Σ_s C_s · h_s / r_s · relief with people in need C, institutional propensity h and
    residents per carer r.

    Parameters
    ----------
    need : (measure, [year,] sex, age) weights of ``care_need``, severities that exclude each other.
    propensity : h for each severity that counts.
    residents_per_carer : r for the same severities.
    relief : persons employed for one on duty: where the ratio is one of people on duty around the
        clock, four and more; 1 where the ratio is one of people employed.

    Returns
    -------
    xr.DataArray
        (measure ``carers``, [year,] sex, age), a demand in persons.

    Raises
    ------
    SchemaError
        Severities differ, are not in ``need`` or are together more than everybody; a ratio or
        factor is not above 0.

    References
    ----------
    Ratios of the rule of Zhengzhou of 2012 are among ``parameters()``.

    Notes
    -----
    Carers at home and in communities are left out, so it errs low for a city as a whole.

    Examples
    --------
    >>> from yilao.demand import care_need
    >>> model = carers(care_need("pooled-adl-2023"), propensity={"adl_disabled": 0.1},
    ...     residents_per_carer={"adl_disabled": 4})
    >>> float(model.sel(sex="male", age=80).round(5).item())
    0.01175
    """
    check_need(need)
    if not propensity:
        raise SchemaError("propensity: nobody enters. Give {measure: share} of the need.")
    if set(propensity) != set(residents_per_carer):
        differ = sorted(set(propensity) ^ set(residents_per_carer))
        raise SchemaError(f"residents_per_carer: {differ[0]!r} has no ratio or no propensity.")
    if unknown := [m for m in propensity if m not in need["measure"].values]:
        raise SchemaError(f"propensity: {unknown[0]!r} is not a measure of need.")
    for name, share in propensity.items():
        check_share(share, f"propensity of {name}")
        if not 0 < residents_per_carer[name] < math.inf:
            raise SchemaError(
                f"residents_per_carer: {residents_per_carer[name]} of {name} is not above 0."
            )
    _check_relief(relief)
    factors = [share / residents_per_carer[name] * relief for name, share in propensity.items()]
    told = ", ".join(f"1:{r:g} {name}" for name, r in residents_per_carer.items())
    chosen = select_severities(need, propensity)
    definitions = ", ".join(dict.fromkeys(chosen["definition"].values.tolist()))
    each = xr.DataArray(factors, coords={"measure": list(propensity)})
    return weights(
        xr.dot(chosen, each, dim="measure"),
        measure="carers",
        unit="persons",
        kind="demand",
        basis=str(need.attrs["basis"]),
        definition=f"{definitions}: carers per resident {told}; relief {relief:g}",
        sources=need.attrs["sources"],
    )


def _check_relief(relief: float) -> None:
    if not 1 <= relief < math.inf:
        raise SchemaError(f"relief: {relief} is below 1. One post needs at least one person.")


def certified_carers(
    per_10000: Rate,
    *,
    from_age: int | None = None,
    basis: str | None = None,
    definition: str = "",
    sources: Sequence[str] = (),
    open_age: int = OPEN_AGE,
) -> xr.DataArray:
    """Certified carers (持证养老护理员) by a norm per 10,000 older people.

    Parameters
    ----------
    per_10000 : holders of a certificate per 10,000 people from ``from_age`` on; or one a ``year``.
    from_age, basis : whom the norm counts.
    definition, sources : as for ``weights``.
    open_age : the last age.

    Returns
    -------
    xr.DataArray
        (measure ``certified_carers``, [year,] sex, age), a norm requirement in persons.

    Raises
    ------
    SchemaError
        No denominator, or a norm not above 0.

    Notes
    -----
    It counts certificates and not people at work: some who hold one work elsewhere, so as staff it
    errs high.  At 30 beds per 1,000, 28 per 10,000 is one certificate for 10.7 beds.

    Examples
    --------
    >>> model = certified_carers(28, from_age=60, basis="resident")
    >>> float(model.sel(sex="male", age=60).item())
    0.0028
    """
    return per_people(
        per_10000,
        per=10_000,
        measure="certified_carers",
        unit="persons",
        from_age=from_age,
        basis=basis,
        definition=definition,
        sources=sources,
        open_age=open_age,
    )


def childcare_staff(
    enrolment: Mapping[int, float],
    *,
    children_per_carer: Mapping[str, float] | None = None,
    eligible_at_0: float = 0.5,
    relief: float = 1.0,
    kind: str = "demand",
    basis: str = "resident",
    open_age: int = OPEN_AGE,
) -> xr.DataArray:
    """Childcare staff from the enrolled children by age and the ratio of their class.

    staff = Σ_a K_a · e_a / ratio_a · relief; ``pack_classes`` counts whole classes instead.

    Parameters
    ----------
    enrolment, eligible_at_0, kind, basis, open_age : as for ``places_by_enrolment``.
    children_per_carer : ratio of the classes infant, young, older; by default the national
        standard (3, 5, 7), the most children that it allows.
    relief : persons employed for one with the children.

    Returns
    -------
    xr.DataArray
        (measure ``childcare_staff``, sex, age) in persons.

    Raises
    ------
    SchemaError
        A ratio is missing or not above 0, the factor is below 1, or enrolment is wrong.

    Notes
    -----
    Classes that are not full and staff other than carers are left out, so it errs low:
    four carers stand before a full class of ten infants, where 10 / 3 is 3.3.

    Examples
    --------
    >>> model = childcare_staff({2: 0.35})
    >>> float(model.sel(sex="male", age=2).round(6).item())
    0.05
    """
    standard = {
        name: rule.children_per_carer
        for name, rule in class_standard().items()
        if rule.children_per_carer
    }
    ratios = standard if children_per_carer is None else children_per_carer
    if unknown := [n for n in ratios if n not in standard]:
        raise SchemaError(f"children_per_carer: {unknown[0]!r} is no class of {list(standard)}.")
    groups = children_by_class(
        enrolment, eligible_at_0=eligible_at_0, kind=kind, basis=basis, open_age=open_age
    )
    names = [str(m) for m in groups["measure"].values]
    if missing := [n for n in names if not 0 < ratios.get(n, 0) < math.inf]:
        raise SchemaError(f"children_per_carer: no ratio above 0 for {missing[0]!r}.")
    _check_relief(relief)
    each = xr.DataArray([relief / ratios[n] for n in names], coords={"measure": names})
    told = ", ".join(f"1:{ratios[n]:g} {n}" for n in names)
    return weights(
        xr.dot(groups, each, dim="measure"),
        measure="childcare_staff",
        unit="persons",
        kind=kind,
        basis=basis,
        definition=f"enrolled children, {told}; relief {relief:g}",
        sources=list(dict.fromkeys(r.source for r in class_standard().values())),
    )
