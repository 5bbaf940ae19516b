"""Places: packaged ones, and your own from a table, with every fault of it by its message."""

import dataclasses

import numpy as np
import pytest
import xarray as xr

import yilao as yl
from yilao import facts, scenario
from yilao.gap import childcare_gap
from yilao.place import Place, load_place, read_place
from yilao.population import census_groups, single_years
from yilao.scenario import VARIANTS, Inputs
from yilao.schema import BasisError, FactsError, SchemaError, UnknownNameError, YilaoError

CITIES = ("hangzhou", "taizhou-zhejiang", "ankang", "taizhou-jiangsu")
HEAD = "date,basis,sex,age_low,age_high,value,unit"


@pytest.fixture(scope="module")
def ankang() -> Place:
    return load_place("ankang")


def rows(groups: xr.DataArray, date: str, merge: bool = False) -> list[str]:
    """A census table as a user would write it; ``merge`` joins ages 0 and 1-4."""
    lows = [int(a) for a in groups["age_low"]]
    found = []
    for sex in ("female", "male"):
        counts = dict(zip(lows, groups.sel(sex=sex).values.tolist(), strict=True))
        if merge:
            counts[0] += counts.pop(1)
        starts = list(counts)
        for low, after in zip(starts, [*starts[1:], None], strict=True):
            high = "" if after is None else after - 1
            found.append(f"{date},resident,{sex},{low},{high},{counts[low]:.0f},persons")
    return found


def single_rows(population: xr.DataArray, date: str) -> list[str]:
    return [
        f"{date},resident,{sex},{age},{age if age < 100 else ''},"
        f"{float(population.sel(sex=sex, age=age))!r},persons"
        for sex in ("female", "male")
        for age in range(101)
    ]


@pytest.fixture
def table(tmp_path):
    def write(lines: list[str], head: str = HEAD, name: str = "mine.csv", **codec):
        path = tmp_path / name
        path.write_text("\n".join([head, *lines]) + "\n", **({"encoding": "utf-8"} | codec))
        return path

    return write


GROUPS = {year: census_groups("ankang", year) for year in (2010, 2020)}
OLD, NEW = (rows(GROUPS[y], f"{y}-11-01") for y in (2010, 2020))


# Packaged places.


@pytest.mark.parametrize("record", facts.place_records(), ids=lambda r: r.id)
def test_every_packaged_place_has_inputs_of_one_basis(record):
    place = load_place(record.id)
    assert (place.id, place.name_zh, place.name_en) == (
        record.id,
        record.name_zh,
        record.name_en,
    )
    held = [g for g in (place.inputs.census_2020, place.inputs.census_2010) if g is not None]
    assert {g.attrs["basis"] for g in held} == {"resident"}
    assert place.default_variant == place.variants[0]
    assert place.variants[-1] == "no-migration"
    assert set(place.variants) <= set(VARIANTS)


@pytest.mark.parametrize("city", CITIES)
def test_bases_of_the_cities(city):
    base = load_place(city).base
    assert base.dims == ("sex", "age")
    assert base.shape == (2, 101)
    assert int(base["year"]) == 2020
    assert base.attrs["place"] == city
    assert base.attrs["units"] == "persons"
    assert base.attrs["sources"]
    census = float(census_groups(city, 2020).sum())
    assert float(base.sum()) == pytest.approx(census, rel=3e-3)


@pytest.mark.parametrize("city", CITIES)
def test_bases_of_2010(city):
    place = load_place(city)
    base, census = place.base_of(2010), place.inputs.census_2010
    yl.schema.check_variable(base, "population")
    assert (int(base["year"]), base.attrs["date"]) == (2010, "2010-12-31")
    assert base.attrs["place_zh"] == place.name_zh
    # Two months of births and deaths: less than 0.2 per cent of the people.
    assert float(base.sum()) == pytest.approx(float(census.sum()), rel=0.002)
    xr.testing.assert_identical(place.base_of(2020), place.base)
    base[:] = 0
    assert float(place.base_of(2010).sum()) > 1e6


def test_a_base_of_a_census_that_is_not_known(table):
    own = read_place(table(NEW))
    for place, year in ((own, 2010), (load_place("ankang"), 2015)):
        with pytest.raises(YilaoError, match=rf"^census of {year}: not known of this place"):
            place.base_of(year)


@pytest.mark.parametrize("name", ["hangzhou", "杭州市", "杭州", "330100", "Hangzhou", " HANGZHOU "])
def test_a_place_has_many_names(name):
    assert load_place(name).id == "hangzhou"


def test_names_that_are_not_packaged_or_not_unique():
    with pytest.raises(UnknownNameError, match="place 'Paris' is not packaged"):
        load_place("Paris")
    with pytest.raises(UnknownNameError, match=r"means more than one: .*taizhou-zhejiang.*jiangsu"):
        load_place("Taizhou")


def test_supply_is_what_the_documents_count(ankang):
    stock = load_place("hangzhou").supply["childcare_places"]
    assert float(stock) == 44_000
    assert stock.attrs["date"] == "2022-10-21"
    assert stock.attrs["rounding"] == 500
    assert stock.attrs["basis"] == "resident"
    assert "4.4" in stock.attrs["sources"][0]
    assert int(ankang.supply["childcare_places"]["year"]) == 2020
    assert load_place("taizhou-jiangsu").supply == {}
    assert load_place("taizhou-jiangsu").missing[-1] == "childcare_places_stock"
    assert load_place("hangzhou").missing == []


def test_a_county_has_the_life_expectancy_of_its_prefecture():
    county = load_place("ankang-hanbin").inputs.life_expectancy
    assert county == load_place("ankang").inputs.life_expectancy
    assert county is not None
    assert load_place("china").inputs.life_expectancy is None


def test_registered_figures_do_not_enter_the_inputs():
    inputs = load_place("taizhou-jiangsu").inputs  # its bulletin prints registered births
    assert facts.figures("taizhou-jiangsu", "births", basis="registered")
    assert not inputs.births
    assert not inputs.birth_rates
    assert {f.basis for f in inputs.totals.values()} == {"resident"}
    assert all(f.date.endswith("12-31") for f in load_place("ankang").inputs.totals.values())


# Your own table.


def test_census_groups_give_the_base_of_the_packaged_place_without_its_other_figures(table):
    mine = read_place(table(rows(census_groups("hangzhou", 2020), "2020-11-01")), name="我市")
    assert (mine.id, mine.name_zh, mine.name_en) == ("own:我市", "我市", "我市")
    assert mine.variants == ("no-migration",)
    assert "life_expectancy" in mine.missing
    packaged = load_place("hangzhou").inputs
    bare = dataclasses.replace(
        packaged, totals={}, life_expectancy=None, births={}, birth_rates={}, death_rates={}
    )
    np.testing.assert_allclose(mine.base, scenario.base(bare).population, rtol=1e-12)
    np.testing.assert_allclose(
        single_years(mine.inputs.census_2020), single_years(packaged.census_2020), rtol=1e-12
    )


def test_a_total_moves_the_base_and_its_absence_does_not(table):
    mine = read_place(table(rows(census_groups("hangzhou", 2020), "2020-11-01")))
    assert mine.id == "own:mine"
    assert float(mine.base.sum()) == pytest.approx(11.936e6, rel=1e-3)
    assert float(load_place("hangzhou").base.sum()) == pytest.approx(11.965e6)


def test_two_censuses_make_the_trend_possible(table, ankang):
    mine = read_place(table([*OLD, *NEW]))
    assert mine.variants == ("trend", "no-migration")
    bare = Inputs(census_2020=ankang.inputs.census_2020, census_2010=ankang.inputs.census_2010)
    np.testing.assert_allclose(
        mine.rates("trend", until=2021)["immigration"].sel(year=2021),
        scenario.net_migration(bare).clip(min=0),
        rtol=1e-12,
    )
    assert any("mine.csv" in s for s in mine.base.attrs["sources"])


def test_groups_of_five_years_are_enough_for_a_base(table):
    """Infants are not apart: 0-4 is one group."""
    mine = read_place(table(rows(GROUPS[2020], "2020-11-01", merge=True)))
    assert mine.inputs.census_2020["age_low"].values.tolist() == list(range(0, 90, 5))
    apart = read_place(table(NEW))
    assert float(mine.base.sum()) == pytest.approx(float(apart.base.sum()), rel=1e-3)


def test_groups_of_five_years_are_enough_for_the_trend(table):
    merged = [rows(GROUPS[y], f"{y}-11-01", merge=True) for y in (2010, 2020)]
    mine = read_place(table([*merged[0], *merged[1]]))
    apart = read_place(table([*OLD, *NEW], name="apart.csv"))
    np.testing.assert_allclose(
        scenario.net_migration(mine.inputs), scenario.net_migration(apart.inputs), rtol=1e-12
    )


def test_single_ages_of_the_year_end_are_the_base_itself(table, ankang):
    mine = read_place(table(single_rows(ankang.base, "2020-12-31")))
    np.testing.assert_array_equal(mine.base, ankang.base)
    assert int(mine.base["year"]) == 2020
    assert mine.base.attrs["open_age"] == 100
    assert mine.base.attrs["basis"] == "resident"
    assert mine.variants == ("no-migration",)
    result = yl.project(mine.base, mine.rates(until=2023))
    assert result.population.sizes["year"] == 4


def test_variants_that_are_promised_can_be_computed(table, ankang):
    mine = read_place(table([*single_rows(ankang.base, "2020-12-31"), *OLD]))
    for variant in mine.variants:
        mine.rates(variant, until=2022)


def test_a_table_with_the_mark_of_excel_and_blank_lines_is_read(table):
    path = table([*NEW, "", ",,,,,,"], encoding="utf-8-sig")
    assert float(read_place(path).inputs.census_2020.sum()) == float(GROUPS[2020].sum())


def test_order_of_rows_and_more_columns_do_not_matter(table):
    path = table([f"{line},x" for line in NEW[::-1]], head=f"{HEAD},note")
    np.testing.assert_array_equal(read_place(path).inputs.census_2020, GROUPS[2020])


def test_a_table_works_to_the_end(table):
    answer = childcare_gap(read_place(table(NEW), name="x"), norm=4.5, stock=1000)
    need = answer.values["need"]["projected"]
    assert need == pytest.approx(answer.values["population"]["projected"] * 4.5 / 1000)
    assert answer.values["shortfall"]["projected_given_stock"] == pytest.approx(need - 1000)
    assert answer.values["supply"]["stated"] is None


def changed(number: int, old: str, new: str) -> list[str]:
    """The rows with one of them changed."""
    assert old in NEW[number]
    return [line.replace(old, new) if i == number else line for i, line in enumerate(NEW)]


TABLE_FAULTS = {
    "no unit column": (
        lambda: ([line.rpartition(",")[0] for line in NEW], HEAD.rpartition(",")[0]),
        FactsError,
        r"mine.csv: column 'unit' is missing",
    ),
    "no age_high column": (
        lambda: (NEW, HEAD.replace("age_high", "until")),
        FactsError,
        r"mine.csv: column 'age_high' is missing",
    ),
    "column twice": (
        lambda: (NEW, HEAD.replace("basis", "sex")),
        FactsError,
        r"mine.csv: column 'sex' stands twice",
    ),
    "unit 万": (
        lambda: (changed(3, "persons", "万人"), HEAD),
        SchemaError,
        r"mine.csv, row 5, unit: '万人' .*Multiply by 10,000",
    ),
    "other unit": (
        lambda: (changed(0, "persons", "people"), HEAD),
        SchemaError,
        r"mine.csv, row 2, unit: 'people' is not 'persons'",
    ),
    "registered": (
        lambda: (changed(0, "resident", "registered"), HEAD),
        BasisError,
        r"mine.csv, row 2, basis: 'registered'.*常住",
    ),
    "unknown date": (
        lambda: ([line.replace("2020-11-01", "2015-11-01") for line in NEW], HEAD),
        FactsError,
        r"mine.csv, date: '2015-11-01' is not known",
    ),
    "only 2010": (lambda: (OLD, HEAD), FactsError, r"mine.csv: no rows of 2020"),
    "empty": (lambda: ([], HEAD), FactsError, r"mine.csv: the file is empty"),
    "row twice": (
        lambda: ([*NEW, NEW[0]], HEAD),
        FactsError,
        r"mine.csv, row \d+: the key \(.*sex=female, age_low=0\) stands already in row 2",
    ),
    "a row too long": (
        lambda: ([*NEW[:-1], NEW[-1] + ",1"], HEAD),
        FactsError,
        r"mine.csv, row \d+: 8 fields where the header has 7",
    ),
    "an age missing for one sex": (
        lambda: (NEW[:4] + NEW[5:], HEAD),
        SchemaError,
        r"mine.csv \(2020-11-01\): age 15 is missing for female",
    ),
    "an age missing for both": (
        lambda: ([line for line in NEW if ",15,19," not in line], HEAD),
        SchemaError,
        r"mine.csv \(2020-11-01\): age 15 is missing",
    ),
    "age 0 missing": (
        lambda: ([line for line in NEW if ",0,0," not in line], HEAD),
        SchemaError,
        r"mine.csv \(2020-11-01\): age 0 is missing",
    ),
    "groups that overlap": (
        lambda: ([line.replace(",15,19,", ",15,24,") for line in NEW], HEAD),
        SchemaError,
        r"the group from 15 ends at 24, the next begins at 20",
    ),
    "last group closed": (
        lambda: ([line.replace(",85,,", ",85,89,") for line in NEW], HEAD),
        SchemaError,
        r"the last age group 85-89 is closed",
    ),
    "unknown sex": (
        lambda: (changed(0, "female", "women"), HEAD),
        SchemaError,
        r"mine.csv \(2020-11-01\), entry 1: sex is 'women'",
    ),
    "a value in words": (
        lambda: ([*NEW[:-1], NEW[-1].replace(",85,,", ",85,,many")], HEAD),
        FactsError,
        r"value: 'many\d+' is not a number",
    ),
    "a value in 万": (
        lambda: ([*NEW[:-1], NEW[-1].rpartition(",")[0] + "万,persons"], HEAD),
        FactsError,
        r"value: '\d+万' is not a number. Write single units, without 万",
    ),
    "an empty value": (
        lambda: ([*NEW[:-1], "2020-11-01,resident,male,85,,,persons"], HEAD),
        FactsError,
        r"value: '' is not a number",
    ),
    "a negative value": (
        lambda: ([*NEW[:-1], "2020-11-01,resident,male,85,,-5,persons"], HEAD),
        SchemaError,
        r"mine.csv \(2020-11-01\): 1 value\(s\) are negative.*sex=male, age_low=85",
    ),
    "groups at year end": (
        lambda: ([line.replace("2020-11-01", "2020-12-31") for line in NEW], HEAD),
        SchemaError,
        r"mine.csv: a base of 2020-12-31 needs single ages 0 … 100\+, it has 19 groups",
    ),
}


@pytest.mark.parametrize("fault", TABLE_FAULTS)
def test_faults_of_a_table(fault, table):
    make, error, message = TABLE_FAULTS[fault]
    lines, head = make()
    with pytest.raises(error, match=message):
        read_place(table(lines, head))


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(FactsError, match=r"none.csv: no such file"):
        read_place(tmp_path / "none.csv")
    with pytest.raises(FactsError, match=r"no such file"):
        read_place(tmp_path)


@pytest.mark.parametrize("fault", ["GBK of Excel", "age_high in words", "only blank rows"])
def test_faults_of_a_table_that_yilao_should_name(fault, table):
    path = {
        "GBK of Excel": lambda: table(
            [f"{line},普查" for line in NEW], head=f"{HEAD},备注", encoding="gbk"
        ),
        "age_high in words": lambda: table([line.replace(",15,19,", ",15,19岁,") for line in NEW]),
        "only blank rows": lambda: table([",,,,,,"]),
    }[fault]()
    with pytest.raises(YilaoError, match=r"mine\.csv"):
        read_place(path)
