"""Classes of the national standard for childcare, and children packed into whole ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import xarray as xr

from yilao.demand.childcare import _enrolled
from yilao.demand.model import check_alike, weights
from yilao.demand.parameter_table import rows, source_of
from yilao.demand.sums import together
from yilao.schema import OPEN_AGE, SchemaError, check_values

# The standard sets no ratio for mixed classes; that of the younger half is the cautious choice.
MIXED_CHILDREN_PER_CARER = 5.0
_AGE_OF_CLASS = {0: "infant", 1: "young", 2: "older"}


@dataclass(frozen=True)
class ClassRule:
    """One kind of class of the standard: months of age, children at most, children per carer."""

    id: str
    label_zh: str
    label_en: str
    months: tuple[int, int]
    max_children: int
    children_per_carer: float | None
    source: str


def class_standard() -> dict[str, ClassRule]:
    """Return the classes of the national standard: infant 乳儿, young 托小, older 托大, mixed 混合.

    References
    ----------
    National Health Commission (2019), 托育机构设置标准（试行）, 国卫人口发〔2019〕58号,
    articles 19 and 20.

    Examples
    --------
    >>> {r.id: (r.max_children, r.children_per_carer) for r in class_standard().values()}
    {'infant': (10, 3.0), 'young': (15, 5.0), 'older': (20, 7.0), 'mixed': (18, None)}
    """
    return {
        r["id"]: ClassRule(
            r["id"],
            r["label_zh"],
            r["label_en"],
            (int(r["months_low"]), int(r["months_high"])),
            int(r["max_children"]),
            float(r["children_per_carer"]) if r["children_per_carer"] else None,
            source_of(r),
        )
        for r in rows("class_standard.csv")
    }


def children_by_class(
    enrolment: Mapping[int, float],
    *,
    eligible_at_0: float = 0.5,
    kind: str = "demand",
    basis: str = "resident",
    open_age: int = OPEN_AGE,
) -> xr.DataArray:
    """Enrolled children by kind of class, as weights: age 0 infant, 1 young, 2 older.

    Parameters
    ----------
    enrolment, eligible_at_0, kind, basis, open_age : as for ``places_by_enrolment``.

    Returns
    -------
    xr.DataArray
        (measure infant, young, older; sex, age) in persons.

    Raises
    ------
    SchemaError
        An age is not 0, 1 or 2, or a rate is below 0 or above 1.

    Examples
    --------
    >>> children_by_class({1: 0.1, 2: 0.3}).measure.values.tolist()
    ['infant', 'young', 'older']
    """
    enrolled = _enrolled(enrolment, eligible_at_0, open_age)
    return together(
        *(
            weights(
                enrolled.where(enrolled["age"] == age, 0.0),
                measure=name,
                unit="persons",
                kind=kind,
                basis=basis,
                definition=f"enrolment {enrolment.get(age, 0.0):g} at age {age}",
            )
            for age, name in _AGE_OF_CLASS.items()
        )
    )


def pack_classes(
    children: xr.DataArray,
    *,
    institutions: int | xr.DataArray = 1,
    mixed_children_per_carer: float = MIXED_CHILDREN_PER_CARER,
) -> xr.Dataset:
    """Pack children into whole classes of the national standard in a number of institutions.

    The children of each kind are spread over the institutions as evenly as whole children allow;
    each institution opens ceil(n / size) classes, so there are more places than children.  Carers
    follow the ratio in every class: ceil(size / ratio) in a full one.

    Parameters
    ----------
    children : (…, measure) whole numbers of children with measures infant, young, older or mixed.
        Those from 18 months on may be put into ``mixed`` by hand.
    institutions : over which they are spread; one number, or one for each area.
    mixed_children_per_carer : in mixed classes, for which the standard sets no ratio.

    Returns
    -------
    xr.Dataset
        ``classes``, ``places``, ``carers`` (…, measure).

    Raises
    ------
    SchemaError
        A measure is no kind of class, children are not whole numbers, or there is no institution.

    References
    ----------
    National Health Commission (2019), 国卫人口发〔2019〕58号, articles 19 and 20.

    Notes
    -----
    Carers only: managers, health staff, cooks and guards are left out, and so are shifts and leave,
    so it errs low for staff as a whole.

    Examples
    --------
    >>> kids = xr.DataArray([11, 31, 40], coords={"measure": ["infant", "young", "older"]})
    >>> packed = pack_classes(kids)
    >>> packed.classes.values, packed.places.values, packed.carers.values
    (array([2, 3, 2]), array([20, 45, 40]), array([5, 7, 6]))
    """
    standard = class_standard()
    if "measure" not in children.dims or "measure" not in children.coords:
        raise SchemaError(f"children: no dimension 'measure' with the classes {list(standard)}.")
    names = [str(m) for m in children["measure"].values]
    if unknown := [n for n in names if n not in standard]:
        raise SchemaError(f"children: {unknown[0]!r} is no class of {list(standard)}.")
    check_values(children, "children", low=0.0)
    if bool((children % 1 != 0).any()):
        raise SchemaError("children: not all are whole numbers. Round them, upwards to be safe.")
    if not mixed_children_per_carer > 0:
        raise SchemaError(f"mixed_children_per_carer: {mixed_children_per_carer} is not above 0.")
    homes = xr.DataArray(institutions)
    check_alike(children=children, institutions=homes)
    if bool((homes < 1).any()) or bool((homes % 1 != 0).any()):
        raise SchemaError(f"institutions: {institutions} is not a whole number from 1 on.")

    def of(values: list[float]) -> xr.DataArray:
        return xr.DataArray(values, coords={"measure": names})

    size = of([standard[n].max_children for n in names])
    ratio = of([standard[n].children_per_carer or mixed_children_per_carer for n in names])
    few, larger = children // homes, children % homes
    classes = xr.zeros_like(few)
    carers = xr.zeros_like(few)
    # ``larger`` institutions have one child more than the others.
    for number, each in ((larger, few + 1), (homes - larger, few)):
        full, rest = each // size, each % size
        classes = classes + number * (full + (rest > 0))
        carers = carers + number * (full * np.ceil(size / ratio) + np.ceil(rest / ratio))
    found = xr.Dataset({"classes": classes, "places": classes * size, "carers": carers})
    found = found.astype(np.int64).transpose(*children.dims, ...)
    for name, unit in (("classes", "classes"), ("places", "places"), ("carers", "persons")):
        found[name].attrs = {"units": unit, "kind": "norm requirement"}
    sources = list(dict.fromkeys(standard[n].source for n in names))
    return found.assign_attrs(kind="norm requirement", sources=sources)


def institutions_for(places: xr.DataArray, *, places_each: int) -> xr.DataArray:
    """Institutions needed for places, whole ones: ceil(places / places of one).

    Parameters
    ----------
    places : (…) places, such as those of ``pack_classes`` summed over ``measure``.
    places_each : of one institution at most.

    Returns
    -------
    xr.DataArray
        (…) institutions.

    Raises
    ------
    SchemaError
        ``places_each`` is below 1, or places are missing or negative.

    Examples
    --------
    >>> int(institutions_for(xr.DataArray(105), places_each=50))
    3
    """
    if not places_each >= 1:
        raise SchemaError(f"places_each: {places_each} is not a place or more.")
    check_values(places, "places", low=0.0)
    found = xr.DataArray(np.ceil(places / places_each)).astype(np.int64)
    return found.assign_attrs(units="institutions")
