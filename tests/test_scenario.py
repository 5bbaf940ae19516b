"""Variants: what each assumes, what it needs, and what comes of it in Hangzhou."""

import dataclasses

import numpy as np
import pytest
import xarray as xr

from yilao import facts, fertility, scenario
from yilao.place import load_place
from yilao.population import census_groups
from yilao.projection import project
from yilao.scenario import DESCRIPTION, EDITION, LAST_YEAR, VARIANTS, Inputs
from yilao.schema import UnknownNameError, YilaoError

OTHERS = ("ankang", "taizhou-jiangsu", "taizhou-zhejiang")


@pytest.fixture(scope="module")
def hangzhou():
    return load_place("hangzhou")


@pytest.fixture(scope="module")
def every(hangzhou):
    return {v: hangzhou.rates(v, until=2030) for v in VARIANTS}


@pytest.fixture(scope="module")
def projections(hangzhou, every):
    return {v: project(hangzhou.base, every[v], until=2025) for v in VARIANTS}


def printed(place: str, variable: str, date: str) -> float:
    """The resident figure of a bulletin, by its date."""
    (figure,) = (f for f in facts.figures(place, variable, basis="resident") if f.date == date)
    return figure.value


# Hangzhou.


def test_base_is_the_official_total_of_2020(hangzhou):
    official = printed("hangzhou", "population", "2020-12-31")
    assert official == 11_965_000
    assert float(hangzhou.base.sum()) == pytest.approx(official, abs=1e-6)
    assert int(hangzhou.base["year"]) == 2020
    assert hangzhou.base.attrs["date"] == "2020-12-31"
    assert hangzhou.base.attrs["basis"] == "resident"


def test_net_migration_of_2021_from_the_printed_figures(hangzhou, every):
    before = printed("hangzhou", "population", "2020-12-31")
    after = printed("hangzhou", "population", "2021-12-31")
    mean = (before + after) / 2
    born = printed("hangzhou", "crude_birth_rate", "2021") / 1000 * mean
    died = printed("hangzhou", "crude_death_rate", "2021") / 1000 * mean
    expected = (after - before) - (born - died)
    assert expected == pytest.approx(204_000, abs=100)
    assert scenario.net_migration_2021(hangzhou.inputs) == pytest.approx(expected, rel=1e-12)
    total = every["plan"]["migration_total"]
    np.testing.assert_allclose(total, expected, rtol=1e-12)


def test_the_births_of_2021_are_those_of_the_bulletin(hangzhou, projections):
    mean = (
        printed("hangzhou", "population", "2020-12-31")
        + printed("hangzhou", "population", "2021-12-31")
    ) / 2
    born = printed("hangzhou", "crude_birth_rate", "2021") / 1000 * mean
    got = float(projections["plan"].births.sel(year=2021).sum())
    assert got == pytest.approx(born, rel=1e-9)
    # The women who came in 2021 are in the level of every variant, in the projection only of plan.
    assert float(projections["no-migration"].births.sel(year=2021).sum()) < got


def test_hangzhou_in_2025_by_variant(projections):
    total = {v: float(p.population.sel(year=2025).sum()) for v, p in projections.items()}
    assert 13.1e6 < total["plan"] < 13.2e6
    assert total["no-migration"] < total["plan"] < total["trend"] < 13.7e6
    assert 11.9e6 < total["no-migration"] < 12.2e6


def test_variants_differ_in_migration_only_where_they_say(every):
    rates = every
    assert [rates[v].attrs["edition"] for v in VARIANTS] == ["2022", "2024", "2024"]
    assert [rates[v].attrs["variant"] for v in VARIANTS] == list(VARIANTS)
    migration = {"immigration", "emigration_rate", "migration_profile", "migration_total"}
    found = {v: migration & set(rates[v].data_vars) for v in VARIANTS}
    assert found == {
        "plan": {"migration_profile", "migration_total"},
        "trend": {"immigration", "emigration_rate"},
        "no-migration": set(),
    }
    for name in ("survival_ratio", "srb", "asfr_pattern", "tfr"):
        assert rates["trend"][name].equals(rates["no-migration"][name])
        assert not rates["trend"][name].equals(rates["plan"][name])


def test_trend_is_the_same_every_year_and_the_residual_of_the_censuses(hangzhou, every):
    yearly = scenario.net_migration(hangzhou.inputs)
    rates = every["trend"]
    assert rates["year"].values.tolist() == list(range(2021, 2031))
    for year in (2021, 2030):
        # On the people of the base arrivals less departures are the residual.
        net = rates["immigration"] - rates["emigration_rate"] * hangzhou.base.values
        np.testing.assert_allclose(net.sel(year=year), yearly, atol=1e-9)
    assert not ((rates["immigration"] > 0) & (rates["emigration_rate"] > 0)).any()
    profile = every["plan"]["migration_profile"]
    np.testing.assert_allclose(profile, yearly / yearly.sum(), rtol=1e-12)


def test_fertility_follows_the_nation_at_one_level(every):
    for variant in VARIANTS:
        rates = every[variant]
        # The level of the last year that the edition estimates is held.
        last = fertility.LAST_ESTIMATE[EDITION[variant]]
        national = fertility.wpp_annual(EDITION[variant], "tfr")
        expected = [
            rates.attrs["relative_fertility"] * national[min(year, last)]
            for year in range(2021, 2031)
        ]
        np.testing.assert_allclose(rates["tfr"], expected, rtol=1e-12)
        np.testing.assert_allclose(rates["asfr_pattern"].sum("age"), 1, rtol=1e-12)
        assert float(rates["survival_ratio"].max()) <= 1


@pytest.mark.parametrize(
    ("variant", "other"), [("plan", "2024"), ("trend", "2022"), ("no-migration", "2022")]
)
def test_a_variant_uses_its_own_edition_only(every, variant, other):
    rates = every[variant]
    # The residual of the two censuses is one for all variants, with the deaths of WPP 2022.
    own = rates[["survival_ratio", "asfr_pattern", "tfr", "srb"]]
    found = [s for array in own.data_vars.values() for s in array.attrs["sources"]]
    edition = f"World Population Prospects {EDITION[variant]}"
    assert any(edition in s for s in found)
    assert not [s for s in found if f"World Population Prospects {other}" in s]


def test_net_migration_names_the_deaths_it_rests_on(hangzhou):
    sources = scenario.net_migration(hangzhou.inputs).attrs["sources"]
    assert any("World Population Prospects 2022" in s for s in sources)
    life = hangzhou.inputs.life_expectancy
    assert any(s.startswith(f"life expectancy {life.printed}") for s in sources)


def test_plan_knows_nothing_published_after_it(projections):
    sources = projections["plan"].sources
    assert not [s for s in sources if "World Population Prospects 2024" in s or "wpp2024" in s]
    assert any("World Population Prospects 2022" in s for s in sources)
    assert any("2021 杭州市人口主要数据公报" in s for s in sources)


def test_every_rate_says_where_it_comes_from(every):
    for variant in VARIANTS:
        for name, array in every[variant].data_vars.items():
            assert array.attrs["sources"], (variant, name)


def test_rates_are_made_for_the_years_asked(hangzhou, every):
    assert hangzhou.rates("plan", until=2021)["year"].values.tolist() == [2021]
    whole, some = hangzhou.rates("no-migration"), every["no-migration"]
    assert whole["year"].values.tolist() == list(range(2021, LAST_YEAR + 1))
    for name in some.data_vars:
        xr.testing.assert_equal(some[name], whole[name].sel(year=some["year"]))


# What is needed.


@pytest.mark.parametrize("place", OTHERS)
def test_plan_cannot_be_computed_elsewhere_and_says_why(place):
    other = load_place(place)
    assert other.variants == ("trend", "no-migration")
    missing = scenario.missing_for("plan", other.inputs)
    assert "resident_year_end_total_2020" in missing
    assert "resident_crude_birth_rate_2021" in missing
    with pytest.raises(YilaoError, match="'plan' cannot be computed here") as caught:
        other.rates("plan", until=2025)
    for name in missing:
        assert name in str(caught.value)


def test_what_each_variant_needs(hangzhou):
    inputs = hangzhou.inputs
    assert [scenario.missing_for(v, inputs) for v in VARIANTS] == [[], [], []]
    bare = Inputs(census_2020=inputs.census_2020)
    assert scenario.missing_for("no-migration", bare) == []
    assert scenario.missing_for("trend", bare) == ["census_population_2010"]
    assert scenario.missing_for("plan", bare) == [
        "census_population_2010",
        "resident_year_end_total_2020",
        "resident_year_end_total_2021",
        "resident_crude_birth_rate_2021",
        "resident_crude_death_rate_2021",
    ]
    with pytest.raises(YilaoError, match="census_population_2010 is not known"):
        scenario.rates(bare, "trend", hangzhou.base, 2025)
    with pytest.raises(YilaoError, match="census_population_2010: needed"):
        scenario.net_migration(bare)


def test_a_variant_that_can_be_made_of_the_inputs_is_computed():
    # Without anything but the census: base and closed population, at the national standard.
    inputs = Inputs(census_2020=census_groups("ankang", 2020))
    start = scenario.base(inputs).population
    rates = scenario.rates(inputs, "no-migration", start, 2022)
    assert rates.attrs["mortality_level"] == 0
    assert float(project(start, rates).population.sel(year=2022).sum()) > 2e6


def test_an_official_total_alone_does_not_move_the_base(hangzhou):
    # It is spread by the profile of migration, which needs the census of 2010.
    one = dataclasses.replace(hangzhou.inputs, census_2010=None)
    two = dataclasses.replace(one, totals={})
    np.testing.assert_array_equal(scenario.base(one).population, scenario.base(two).population)


def test_base_comes_with_the_events_of_two_months(hangzhou):
    moved = scenario.base(hangzhou.inputs)
    census = float(hangzhou.inputs.census_2020.sum())
    assert moved.migrants is not None
    assert float(moved.population.sum()) == pytest.approx(
        census + moved.births - moved.deaths + moved.migrants, abs=1e-5
    )
    assert 0 < moved.deaths < moved.births < 30_000


def test_inputs_are_untouched(hangzhou):
    before = hangzhou.inputs.census_2020.copy(deep=True)
    start = hangzhou.base.copy(deep=True)
    for variant in VARIANTS:
        hangzhou.rates(variant, until=2022)
    xr.testing.assert_identical(hangzhou.inputs.census_2020, before)
    xr.testing.assert_identical(hangzhou.base, start)


@pytest.mark.parametrize("until", [2020, 1999, LAST_YEAR + 1])
def test_until_outside_the_years_with_rates(hangzhou, until):
    with pytest.raises(YilaoError, match=f"until: {until} is outside 2021 to {LAST_YEAR}"):
        hangzhou.rates("trend", until=until)


@pytest.mark.parametrize("variant", ["Plan", "high", "no_migration"])
def test_unknown_variant(hangzhou, variant):
    for call in (
        lambda: hangzhou.rates(variant, until=2025),
        lambda: scenario.missing_for(variant, hangzhou.inputs),
    ):
        with pytest.raises(UnknownNameError, match=f"variant '{variant}' does not exist. Known: "):
            call()


def test_every_variant_is_described_in_both_languages():
    assert set(DESCRIPTION) == set(VARIANTS) == set(EDITION)
    for texts in DESCRIPTION.values():
        assert texts["zh"]
        assert texts["en"]


def test_survival_is_that_of_the_table_at_the_level(hangzhou):
    from yilao import mortality
    from yilao.scenario.levels import mortality_level, survival

    standard = mortality.wpp_mx("2024", [2021, 2030])
    moved = mortality.brass(standard, mortality_level(hangzhou.inputs, "2024"))
    wanted = mortality.survival_ratios(mortality.life_table(moved))
    found = survival(hangzhou.inputs, "2024", [2021, 2030])
    np.testing.assert_allclose(found, wanted, rtol=1e-13)
    xr.testing.assert_identical(found.coords.to_dataset(), wanted.coords.to_dataset())
