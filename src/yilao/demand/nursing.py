"""Nursing and dementia beds as parts of the care beds; rehabilitation and family care beds."""

from __future__ import annotations

from collections.abc import Sequence

import xarray as xr

from yilao.demand.bed_norms import CARE, HOME, MEDICAL, check_share
from yilao.demand.model import Rate, check_alike, per_people, weights
from yilao.demand.sums import check_model, check_need
from yilao.schema import OPEN_AGE, SchemaError


def nursing_beds(
    beds: xr.DataArray,
    *,
    share: Rate,
    measure: str = "nursing_beds",
    definition: str = "",
    sources: Sequence[str] = (),
) -> xr.DataArray:
    """Nursing beds (护理型床位) as a share of beds; or any part of a measure as its share.

    Parameters
    ----------
    beds : weights of one measure, such as ``beds`` gives.
    share : of the beds that are nursing beds, or one for each ``year``.
    measure : name of the part.
    definition, sources : as for ``weights``; added to those of the beds.

    Returns
    -------
    xr.DataArray
        (measure, [year,] sex, age), of the kind of ``beds`` and part of it.

    Raises
    ------
    SchemaError
        More than one measure, or a share not above 0 or above 1.

    Notes
    -----
    A share of a norm follows the norm, not the people in need of nursing: where beds stand empty
    it errs high.  ``beds_of_need`` starts from the people.

    Examples
    --------
    >>> from yilao.demand import beds
    >>> model = nursing_beds(beds(60, from_age=60, basis="resident"), share=0.6)
    >>> model.part_of.item(), round(float(model.sel(sex="male", age=70).item()), 3)
    ('care_beds', 0.036)
    """
    check_model(beds, "beds")
    if beds.sizes["measure"] != 1:
        raise SchemaError(f"beds: {beds['measure'].values.tolist()} are several. Select one.")
    check_share(share, "share")
    check_alike(beds=beds, share=share)
    whole = beds.isel(measure=0)
    told = f"{share:.4g}" if isinstance(share, int | float) else "yearly share"
    return weights(
        whole.drop_vars("measure") * share,
        measure=measure,
        unit=str(whole["unit"].item()),
        kind=str(whole["kind"].item()),
        basis=str(beds.attrs["basis"]),
        definition=f"{definition or told + ' of the beds'}; {whole['definition'].item()}",
        part_of=str(whole["measure"].item()),
        setting=str(whole["setting"].item()),
        sources=[*beds.attrs["sources"], *sources],
    )


def dementia_beds(
    per_10000: Rate,
    *,
    from_age: int | None = None,
    basis: str | None = None,
    part_of: str = "nursing_beds",
    definition: str = "",
    sources: Sequence[str] = (),
    open_age: int = OPEN_AGE,
) -> xr.DataArray:
    """Dementia beds (认知障碍照护床位) by a norm per 10,000 older people, part of the nursing beds.

    Parameters
    ----------
    per_10000 : beds per 10,000 people from ``from_age`` on; or one for each ``year``.
    from_age, basis : whom the norm counts.
    part_of : the beds among which they are.
    definition, sources : as for ``weights``.
    open_age : the last age.

    Returns
    -------
    xr.DataArray
        (measure ``dementia_beds``, [year,] sex, age), a norm requirement in beds.

    Raises
    ------
    SchemaError
        No denominator, or a norm not above 0.

    Notes
    -----
    At 20 beds per 10,000 and 6 % of older people with dementia one bed stands for 30 cases: the
    norm leaves out those at home.  By need: ``beds_of_need(care_need("dementia-by-age-2010"), …,
    measure="dementia_beds", part_of="nursing_beds")``.

    Examples
    --------
    >>> model = dementia_beds(20, from_age=60, basis="resident")
    >>> float(model.sel(sex="male", age=70).item())
    0.002
    """
    return per_people(
        per_10000,
        per=10_000,
        measure="dementia_beds",
        unit="beds",
        from_age=from_age,
        basis=basis,
        definition=definition,
        part_of=part_of,
        setting=CARE,
        sources=sources,
        open_age=open_age,
    )


def rehabilitation_beds(
    per_10000: Rate,
    *,
    from_age: int | None = None,
    basis: str | None = None,
    definition: str = "",
    sources: Sequence[str] = (),
    open_age: int = OPEN_AGE,
) -> xr.DataArray:
    """Rehabilitation and nursing beds of medical institutions by a norm per 10,000 older people.

    Parameters
    ----------
    per_10000 : beds per 10,000 people from ``from_age`` on; or one for each ``year``.
    from_age, basis : whom the norm counts.
    definition, sources : as for ``weights``.
    open_age : the last age.

    Returns
    -------
    xr.DataArray
        (measure ``rehabilitation_beds``, [year,] sex, age), a norm requirement; in medical
        institutions, so ``total`` does not add them to care beds.

    Raises
    ------
    SchemaError
        No denominator, or a norm not above 0.

    Examples
    --------
    >>> rehabilitation_beds(55, from_age=60, basis="resident").setting.item()
    'medical institutions'
    """
    return per_people(
        per_10000,
        per=10_000,
        measure="rehabilitation_beds",
        unit="beds",
        from_age=from_age,
        basis=basis,
        definition=definition,
        setting=MEDICAL,
        sources=sources,
        open_age=open_age,
    )


def family_care_beds(
    need: xr.DataArray,
    *,
    share: float,
    definition: str = "",
    sources: Sequence[str] = (),
) -> xr.DataArray:
    """Family care beds (家庭养老照护床位) as a norm: for a share of the people in need.

    Parameters
    ----------
    need : weights of one measure of ``care_need``.
    share : of the people in need, a bed at home for each.
    definition, sources : as for ``weights``.

    Returns
    -------
    xr.DataArray
        (measure ``family_care_beds``, [year,] sex, age), a norm requirement; at home, so
        ``total`` does not add them to beds of institutions.

    Raises
    ------
    SchemaError
        The weights are not a need, more than one measure, or a share not above 0 or above 1.

    Notes
    -----
    Plans promise them as a bare number (300 in a trial): no norm per head was found, so the share
    is the user's decision.

    Examples
    --------
    >>> from yilao.demand import care_need
    >>> family_care_beds(care_need("pooled-adl-2023"), share=0.01).attrs["kind"]
    'norm requirement'
    """
    check_need(need)
    part = nursing_beds(need, share=share, measure="family_care_beds", definition=definition)
    return weights(
        part.isel(measure=0, drop=True),
        measure="family_care_beds",
        unit="beds",
        kind="norm requirement",
        basis=str(need.attrs["basis"]),
        definition=str(part["definition"].item()),
        setting=HOME,
        sources=[*part.attrs["sources"], *sources],
    )
