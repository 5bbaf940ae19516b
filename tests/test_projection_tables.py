"""Life tables that deaths by age at death cannot be made from, each by its message."""

import numpy as np
import pytest

import yilao as yl
from yilao.schema import SchemaError

FAULTS = {
    "Lx of radix 100,000": lambda r: r.assign(Lx=r["Lx"] * 1e5),
    "Lx all zero": lambda r: r.assign(Lx=r["Lx"] * 0),
    "lx of another table": lambda r: r.assign(lx=r["lx"] * 0 + 1),
    "lx and Lx in each other's place": lambda r: r.assign(lx=r["Lx"].clip(0, 1), Lx=r["lx"]),
    "Lx of one-year ages for ages of five": lambda r: r.assign(Lx=r["Lx"] / 5),
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("lead", [{}, {"draw": 3}])
def test_life_tables_that_do_not_fit(inputs, engine, fault, lead):
    base, rates = inputs("lx", lead=lead, width=5)
    assert (yl.project(base, rates, engine=engine).deaths_by_age_at_death >= 0).all()
    wrong = FAULTS[fault](rates)
    for name in ("lx", "Lx"):
        wrong[name].attrs["units"] = rates[name].attrs["units"]
    with pytest.raises(SchemaError, match=r"Lx: \d+ value\(s\) do not fit lx, the first at .*age="):
        yl.project(base, wrong, engine=engine)


def test_rounding_of_a_printed_table_is_no_fault(inputs):
    base, rates = inputs("lx")
    rates["lx"] = rates["lx"].round(5).assign_attrs(units="1")
    rates["Lx"] = rates["Lx"].round(5).assign_attrs(units="years")
    assert "deaths_by_age_at_death" in yl.project(base, rates).flows


@pytest.mark.parametrize("lead", [{}, {"draw": 3}])
def test_a_table_in_which_nobody_reaches_the_oldest_ages(inputs, engine, lead):
    # So it is in tables rounded to five digits that go on to age 130.
    base, rates = inputs("lx", lead=lead)
    lx = rates["lx"].where(rates["age"] < 6, 0.0)
    below = (lx + lx.shift(age=-1)) / 2
    rates["lx"] = lx.assign_attrs(units="1")
    rates["Lx"] = below.fillna(0.0).transpose(*lx.dims).assign_attrs(units="years")
    result = yl.project(base, rates, engine=engine)
    assert (result.deaths_by_age_at_death >= 0).all()
    np.testing.assert_allclose(
        result.deaths_by_age_at_death.sum("age"), result.deaths.sum("age"), rtol=1e-12
    )


@pytest.mark.parametrize("flows", [True, False])
@pytest.mark.parametrize("shared", [(), ("lx",), ("Lx",), ("lx", "Lx")])
def test_one_value_of_one_member_that_does_not_fit_is_found(inputs, engine, flows, shared):
    base, rates = inputs("lx", lead={"draw": 4})
    for name in ("lx", "Lx"):
        one = rates[name].isel(draw=0, drop=True)
        each = one.expand_dims(draw=rates["draw"].values).copy(deep=True)
        rates[name] = (one if name in shared else each).assign_attrs(rates[name].attrs)
    assert yl.project(base, rates, engine=engine, flows=flows).population.sizes["draw"] == 4
    own = "Lx" if "Lx" not in shared else "lx"
    at = {"draw": 3} if own not in shared else {}
    at |= {"year": -1, "sex": 1, "age": 5}
    rates[own] = rates[own].copy(deep=True)
    rates[own][at] = rates[own][at] * (1.5 if own == "Lx" else 0.5)
    year, age = (int(rates[d][at[d]]) for d in ("year", "age"))
    with pytest.raises(SchemaError, match=rf"do not fit lx.*year={year}, sex=male, age={age}"):
        yl.project(base, rates, engine=engine, flows=flows)
