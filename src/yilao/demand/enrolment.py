"""From places per 1,000 people to places per child to the enrolment rate, and back."""

from __future__ import annotations

import xarray as xr

from yilao.demand.bed_norms import check_share
from yilao.demand.model import Rate, check_alike
from yilao.schema import SchemaError, check_values


def _check_above(value: Rate, name: str) -> None:
    array = xr.DataArray(value)
    check_values(array, name)
    if not bool((array > 0).all()):
        raise SchemaError(f"{name}: {value} is not above 0.")


def places_per_child(per_1000: Rate, *, under_3_share: Rate) -> Rate:
    """Places per child under three: per_1000 / 1000 / share of children under three.

    Parameters
    ----------
    per_1000 : places per 1,000 people of all ages.
    under_3_share : children under three as a share of the same people.

    Returns
    -------
    float or xr.DataArray
        Places per child.

    Raises
    ------
    SchemaError
        A value is not above 0, or the share is above 1.

    Examples
    --------
    >>> round(places_per_child(4.5, under_3_share=0.0261), 3)
    0.172
    >>> round(places_per_child(4.5, under_3_share=0.0181), 3)    # the same norm, fewer children
    0.249
    """
    _check_above(per_1000, "per_1000")
    check_share(under_3_share, "under_3_share")
    check_alike(per_1000=per_1000, under_3_share=under_3_share)
    return per_1000 / 1000 / under_3_share


def places_per_1000(per_child: Rate, *, under_3_share: Rate) -> Rate:
    """Places per 1,000 people of so many places per child, the reverse of `places_per_child`.

    Parameters
    ----------
    per_child : places per child under three.
    under_3_share : children under three as a share of all people.

    Returns
    -------
    float or xr.DataArray
        Places per 1,000 people of all ages.

    Raises
    ------
    SchemaError
        A value is not above 0, or the share is above 1.

    Examples
    --------
    >>> places_per_1000(0.25, under_3_share=0.02)
    5.0
    """
    _check_above(per_child, "per_child")
    check_share(under_3_share, "under_3_share")
    check_alike(per_child=per_child, under_3_share=under_3_share)
    return per_child * under_3_share * 1000


def enrolment_rate(per_1000: Rate, *, under_3_share: Rate, utilisation: Rate) -> Rate:
    """Enrolment rate (入托率) that places give: places per child · utilisation.

    Parameters
    ----------
    per_1000 : places per 1,000 people of all ages.
    under_3_share : children under three as a share of the same people.
    utilisation : enrolled children per place.

    Returns
    -------
    float or xr.DataArray
        Share of children under three who are enrolled.

    Raises
    ------
    SchemaError
        A share is not above 0, or more children than there are would be enrolled.

    Examples
    --------
    >>> round(enrolment_rate(4.5, under_3_share=0.0181, utilisation=0.5), 3)
    0.124
    """
    check_share(utilisation, "utilisation")
    check_alike(per_1000=per_1000, under_3_share=under_3_share, utilisation=utilisation)
    rate = places_per_child(per_1000, under_3_share=under_3_share) * utilisation
    check_share(rate, "enrolment rate")
    return rate


def places_per_1000_of_enrolment(
    enrolment: Rate, *, under_3_share: Rate, utilisation: Rate
) -> Rate:
    """Places per 1,000 people that a target of enrolment needs, the reverse of `enrolment_rate`.

    Parameters
    ----------
    enrolment : share of children under three who shall be enrolled.
    under_3_share : children under three as a share of all people.
    utilisation : enrolled children per place.

    Returns
    -------
    float or xr.DataArray
        Places per 1,000 people of all ages.

    Raises
    ------
    SchemaError
        A share is not above 0 or above 1.

    Examples
    --------
    >>> round(places_per_1000_of_enrolment(0.15, under_3_share=0.0181, utilisation=0.6), 2)
    4.53
    """
    check_share(enrolment, "enrolment")
    check_share(utilisation, "utilisation")
    check_alike(enrolment=enrolment, under_3_share=under_3_share, utilisation=utilisation)
    return places_per_1000(enrolment / utilisation, under_3_share=under_3_share)
