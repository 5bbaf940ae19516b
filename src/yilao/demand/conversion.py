"""Ordinary beds turned into nursing beds: a lever of its own beside building."""

from __future__ import annotations

import xarray as xr

from yilao.demand.model import Rate, check_alike
from yilao.schema import SchemaError


def convert_beds(
    *,
    stock: Rate,
    nursing_stock: Rate,
    required: Rate,
    required_nursing: Rate,
    convertible: Rate = 1.0,
) -> xr.Dataset:
    """How far ordinary beds turned into nursing beds go, and what is left to build.

    Conversion is quicker than building and leaves the number of beds as it is.  It comes first;
    what remains is built, nursing beds first.

    Parameters
    ----------
    stock, nursing_stock : beds that exist, and the nursing beds among them.
    required, required_nursing : beds and, among them, nursing beds that are wanted.
    convertible : share of the ordinary beds that can be converted.

    Returns
    -------
    xr.Dataset
        In beds: ``convert``; ``build_nursing``, ``build_ordinary``; ``spare`` beds over what is
        required after that, 0 or more.

    Raises
    ------
    SchemaError
        Nursing beds are more than all beds, or the share is not between 0 and 1.

    Examples
    --------
    >>> plan = convert_beds(stock=25_000, nursing_stock=3_000, required=30_000,
    ...     required_nursing=18_000, convertible=0.5)
    >>> {name: int(beds) for name, beds in plan.items()}
    {'convert': 11000, 'build_nursing': 4000, 'build_ordinary': 1000, 'spare': 0}
    """
    given = {
        "stock": stock,
        "nursing_stock": nursing_stock,
        "required": required,
        "required_nursing": required_nursing,
    }
    check_alike(**given)
    arrays = {k: xr.DataArray(v) for k, v in given.items()}
    for whole, part in (("stock", "nursing_stock"), ("required", "required_nursing")):
        if not bool(((arrays[part] >= 0) & (arrays[part] <= arrays[whole])).all()):
            raise SchemaError(f"{part}: {given[part]} is not between 0 and {whole}.")
    ready = xr.DataArray(convertible)
    check_alike(convertible=ready, **arrays)
    if not bool(((ready >= 0) & (ready <= 1)).all()):
        raise SchemaError(f"convertible: {convertible} is no share between 0 and 1.")
    ordinary = arrays["stock"] - arrays["nursing_stock"]
    # "Nothing to do" is 0 here by the meaning of the words; the signed gap is yilao.shortfall.
    lacking = (arrays["required_nursing"] - arrays["nursing_stock"]).clip(min=0)
    at_most = ready * ordinary
    convert = lacking.where(lacking < at_most, at_most)
    build_nursing = lacking - convert
    after = arrays["required"] - arrays["stock"] - build_nursing
    found = xr.Dataset(
        {
            "convert": convert,
            "build_nursing": build_nursing,
            "build_ordinary": after.clip(min=0),
            "spare": (-after).clip(min=0),
        }
    )
    return found.map(lambda a: a.assign_attrs(units="beds"), keep_attrs=True)
