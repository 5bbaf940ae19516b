"""Model migration schedules: DemoTools' numbers, the components, and fits that find them again."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from yilao.migration import (
    fit_rogers_castro,
    rogers_castro,
    rogers_castro_components,
    un_family,
)
from yilao.migration.fit import _slopes
from yilao.migration.model_schedules import FORMS, names_of
from yilao.schema import SEXES, SchemaError, UnknownNameError, YilaoError

GOLDEN = Path(__file__).parent / "golden" / "demotools"
SEVEN = {
    "a1": 0.02, "alpha1": 0.1, "a2": 0.06, "alpha2": 0.1, "mu2": 20.0, "lambda2": 0.4, "c": 0.003,
}  # fmt: skip


def golden(name: str) -> pd.DataFrame:
    return pd.read_csv(GOLDEN / f"{name}.csv", index_col=0)


@pytest.fixture(scope="module")
def thirteen() -> dict[str, float]:
    return pd.read_csv(GOLDEN / "rogers_castro_parameters.csv").iloc[0].to_dict()


# The schedule.


def test_the_schedule_is_that_of_demotools(thirteen: dict[str, float]) -> None:
    given_ = dict(thirteen)
    table = golden("rogers_castro")
    found = rogers_castro(thirteen, table["age"])
    np.testing.assert_allclose(found, table["mx"], rtol=1e-15 * 4)
    assert thirteen == given_
    assert rogers_castro(thirteen).sizes == {"age": 101}


@pytest.mark.parametrize("form", FORMS)
def test_components_are_named_and_add_up(form: int, thirteen: dict[str, float]) -> None:
    parameters = {n: thirteen[n] for n in names_of(form)}
    assert len(parameters) == form
    parts = rogers_castro_components(parameters)
    assert tuple(parts["component"].values) == FORMS[form]
    np.testing.assert_allclose(parts.sum("component"), rogers_castro(parameters), rtol=1e-14)


def test_components_are_what_their_names_say(thirteen: dict[str, float]) -> None:
    parts = rogers_castro_components(thirteen, range(120))
    childhood, labour, retirement, late, constant = parts.values
    assert (np.diff(childhood) < 0).all()
    assert 20 < int(labour.argmax()) < 30
    # where the derivative is 0: exp(-lambda d) = alpha / lambda
    top = thirteen["mu3"] - np.log(thirteen["alpha3"] / thirteen["lambda3"]) / thirteen["lambda3"]
    assert abs(int(retirement.argmax()) - top) <= 0.5
    assert (np.diff(late) > 0).all()
    assert set(constant) == {thirteen["c"]}


def test_parameters_by_sex_are_read_together() -> None:
    by_sex = {n: xr.DataArray([v, 2 * v], dims="sex", coords={"sex": list(SEXES)})
              if n in ("a1", "a2", "c") else v for n, v in SEVEN.items()}  # fmt: skip
    found = rogers_castro(by_sex)
    assert found.dims == ("sex", "age")
    np.testing.assert_allclose(found.sel(sex="female"), rogers_castro(SEVEN))
    np.testing.assert_allclose(found.sel(sex="male"), 2 * rogers_castro(SEVEN))
    dataset = xr.Dataset(by_sex)
    np.testing.assert_array_equal(rogers_castro(dataset), found)


def test_parameters_of_no_schedule() -> None:
    with pytest.raises(SchemaError, match=r"^parameters: 'b1' is not known\. A schedule has some"):
        rogers_castro(SEVEN | {"b1": 1.0})
    with pytest.raises(SchemaError, match=r"are no schedule of 7, 9, 11 or 13 parameters"):
        rogers_castro(SEVEN | {"a4": 1.0})


@pytest.mark.parametrize("name", SEVEN)
def test_a_missing_parameter_is_not_0(name: str) -> None:
    with pytest.raises(SchemaError, match=rf"^{name}: 1 value\(s\) are missing"):
        rogers_castro(SEVEN | {name: np.nan})


# The United Nations' family.


def test_the_family_is_that_of_demotools() -> None:
    table = golden("un_family")
    wanted = np.array([table.loc[table["sex"] == s, "nm"] for s in ("Female", "Male")]) / 1000
    found = un_family()
    assert found.dims == ("sex", "age")
    assert found["sex"].values.tolist() == list(SEXES)
    assert found.attrs["units"] == "1"
    np.testing.assert_allclose(found, wanted, rtol=1e-12)


def test_the_parameters_printed_beside_the_family_are_not_quite_its_own() -> None:
    table = golden("un_family_parameters").pivot(index="param", columns="sex", values="median")
    printed = xr.Dataset(
        {n: ("sex", [row["Female"], row["Male"]]) for n, row in table.iterrows()},
        coords={"sex": list(SEXES)},
    )
    single = rogers_castro(printed, range(121))
    shares = single.isel(age=slice(0, 101)).copy()
    shares[{"age": 100}] = single.isel(age=slice(100, None)).sum("age")
    shares /= shares.sum()
    # The profile itself is what yilao gives; the parameters come within 0.33 % below age 60.
    ratio = abs(shares / un_family() - 1)
    assert 0.003 < float(ratio.sel(age=slice(0, 59)).max()) < 0.0033
    assert 0.04 < float(ratio.max()) < 0.042
    assert float(abs(shares - un_family()).sum()) < 0.001


@pytest.mark.parametrize(
    ("family", "men"), [("family", 0.501), ("male_labour", 0.656), ("female_labour", 0.355)]
)
def test_families_sum_to_1(family: str, men: float) -> None:
    profile = un_family(family)
    assert float(profile.sum()) == pytest.approx(1, rel=1e-14)
    assert float(profile.sel(sex="male").sum()) == pytest.approx(men, abs=5e-4)
    assert (profile > 0).all()


def test_a_family_that_does_not_exist() -> None:
    with pytest.raises(UnknownNameError, match=r"^family 'students' does not exist\. Known: fami"):
        un_family("students")


# Fitting.


def test_derivatives_are_those_of_the_schedule(thirteen: dict[str, float]) -> None:
    x, names = np.arange(0, 110.0), names_of(13)
    slopes = _slopes(thirteen, x, names)
    for i, name in enumerate(names):
        step = 1e-6 * max(thirteen[name], 1e-3)
        up, down = (
            rogers_castro(thirteen | {name: thirteen[name] + s}, range(110)).values
            for s in (step, -step)
        )
        np.testing.assert_allclose(slopes[:, i], (up - down) / (2 * step), rtol=2e-5, atol=1e-7)


@pytest.mark.parametrize("form", FORMS)
def test_a_fit_finds_the_schedule_again(form: int, thirteen: dict[str, float]) -> None:
    parameters = {n: thirteen[n] for n in names_of(form)}
    rates = rogers_castro(parameters)
    before = rates.copy(deep=True)
    fit = fit_rogers_castro(rates, form=form)
    xr.testing.assert_identical(rates, before)
    np.testing.assert_allclose(fit.schedule, rates, rtol=1e-10)
    assert tuple(fit.parameters) == names_of(form)
    for name, value in parameters.items():
        assert float(fit.parameters[name]) == pytest.approx(value, rel=1e-6), name
    assert float(fit.statistics["r_squared"]) == pytest.approx(1, abs=1e-14)
    assert int(fit.statistics["at_bound"]) == 0


@settings(deadline=None, max_examples=10)
@given(
    peak=st.floats(17, 30), fall=st.floats(0.05, 0.2), rise=st.floats(0.2, 0.8),
    children=st.floats(0.005, 0.05), constant=st.floats(0.0005, 0.005), size=st.floats(1e-3, 1e5),
)  # fmt: skip
def test_a_fit_does_not_depend_on_the_unit(
    peak: float, fall: float, rise: float, children: float, constant: float, size: float
) -> None:
    parameters = {
        "a1": children * size, "alpha1": 0.12, "a2": 0.06 * size, "alpha2": fall, "mu2": peak,
        "lambda2": rise, "c": constant * size,
    }  # fmt: skip
    rates = rogers_castro(parameters, range(90))
    np.testing.assert_allclose(fit_rogers_castro(rates).schedule, rates, rtol=1e-6)


def test_groups_are_means_of_single_ages() -> None:
    single = rogers_castro(SEVEN, range(85))
    groups = single.coarsen(age=5).mean().assign_coords(age=range(0, 85, 5))
    fit = fit_rogers_castro(groups)
    np.testing.assert_allclose(fit.schedule, groups, rtol=1e-9)
    np.testing.assert_allclose(rogers_castro(fit.parameters, range(85)), single, rtol=1e-6)


def test_noise_is_not_explained_and_is_reported() -> None:
    rng = np.random.default_rng(3)
    truth = rogers_castro(SEVEN, range(80))
    noisy = truth * rng.uniform(0.9, 1.1, truth.shape)
    fit = fit_rogers_castro(noisy)
    assert 0.98 < float(fit.statistics["r_squared"]) < 0.9999
    assert 0.03 < float(fit.statistics["mean_absolute_error_share"]) < 0.08
    misses = (fit.schedule - noisy).values
    assert float(fit.statistics["rmse"]) == pytest.approx(np.sqrt((misses**2).mean()))
    # The truth is one schedule among those tried: the fit cannot be worse.
    assert (misses**2).sum() <= ((truth - noisy).values ** 2).sum()
    again = fit_rogers_castro(noisy, rng=np.random.default_rng(1))
    assert float((again.schedule - noisy).values.std()) <= misses.std() * (1 + 1e-9)


def test_every_member_has_its_own_fit() -> None:
    rates = xr.concat([rogers_castro(SEVEN), rogers_castro(SEVEN | {"mu2": 24.0})], dim="sex")
    rates = rates.assign_coords(sex=list(SEXES)).transpose("age", "sex")
    fit = fit_rogers_castro(rates)
    np.testing.assert_allclose(fit.parameters["mu2"], [20, 24], rtol=1e-8)
    assert fit.schedule.dims == ("sex", "age")
    assert fit.statistics.sizes == {"sex": 2}
    alone = fit_rogers_castro(rates.sel(sex="male", drop=True))
    np.testing.assert_array_equal(fit.schedule.sel(sex="male"), alone.schedule)


def test_a_bound_that_is_met_is_counted() -> None:
    fit = fit_rogers_castro(rogers_castro(SEVEN | {"c": 0.0}, range(60)))
    assert int(fit.statistics["at_bound"]) == 1
    assert float(fit.parameters["c"]) == pytest.approx(0, abs=1e-12)


def test_a_fit_that_does_not_converge_says_so() -> None:
    rng = np.random.default_rng(5)
    noisy = rogers_castro(SEVEN) * rng.uniform(0.5, 1.5, 101)
    with pytest.raises(YilaoError, match=r"^rates: the schedule of 7 parameters did not converge"):
        fit_rogers_castro(noisy, max_evaluations=2)


@pytest.mark.parametrize(
    ("change", "form", "message"),
    [
        (lambda r: r, 8, r"^form: 8 parameters are not known\. Choose one of \[7, 9, 11, 13\]"),
        (lambda r: -r, 7, r"^rates: 101 value\(s\) are negative"),
        (lambda r: r.where(r.age != 30), 7, r"^rates: 1 value\(s\) are missing"),
        (lambda r: 0 * r, 7, r"^rates: they are all 0"),
        (lambda r: r.isel(age=slice(0, 12)), 13, r"^rates: 12 ages are fewer than 13 parameters"),
        (lambda r: r.isel(age=slice(None, None, -1)), 7, r"^rates: ages must be ascending whole"),
        (lambda r: r.assign_coords(age=r.age + 0.5), 7, r"^rates: ages must be ascending whole"),
    ],
)
def test_rates_that_cannot_be_fitted(change, form: int, message: str) -> None:
    with pytest.raises(SchemaError, match=message):
        fit_rogers_castro(change(rogers_castro(SEVEN)), form=form)
