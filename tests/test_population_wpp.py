"""Files of World Population Prospects: units, dates, layouts, a projection, and every fault."""

import gzip
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import yilao as yl
from yilao import fertility
from yilao.mortality import life_table, survival_ratios, wpp_mx
from yilao.population import read_wpp, wpp_base, wpp_rates
from yilao.schema import FactsError, SchemaError, UnknownNameError

YEARS = [2024, 2025]
AGES = range(101)
SEXES = ["female", "male"]
# The columns that stand before those of the subject in every file of the UN.
FIRST = {"SortOrder": 1, "LocID": 156, "Notes": "", "ISO3_code": "CHN", "ISO2_code": "CN"}
FIRST |= {"LocTypeName": "Country/Area", "Location": "China", "VarID": 2, "Variant": "Medium"}


def made(dims: tuple[str, ...], low: float, high: float, seed: int) -> xr.DataArray:
    labels = {"year": YEARS, "sex": SEXES, "age": list(AGES)}
    rng = np.random.default_rng(seed)
    values = rng.uniform(low, high, [len(labels[d]) for d in dims]).round(3)
    return xr.DataArray(values, dims=dims, coords={d: labels[d] for d in dims})


PEOPLE = made(("year", "sex", "age"), 100, 9000, 1)  # thousands
MIGRANTS = made(("year", "sex", "age"), -2, 2, 2)
MX = wpp_mx("2024", YEARS)
PATTERN = fertility.wpp_asfr_pattern("2024", YEARS)
ASFR = (PATTERN * 1.01 * 1000).round(6)  # births per 1,000 women


def rows(array: xr.DataArray, columns: dict[str, str], first=FIRST, **renamed) -> pd.DataFrame:
    """Rows of a file as published: ``columns`` are those of women and of men, or of one value."""
    table = array.to_dataset("sex") if "sex" in array.dims else array.to_dataset(name="value")
    frame = table.to_dataframe()[list(columns)].reset_index().rename(columns=columns | renamed)
    return pd.concat([pd.DataFrame([first] * len(frame)), frame], axis=1)


def un(array: xr.DataArray, columns: dict[str, str]) -> pd.DataFrame:
    names = {"year": "Time", "age": "AgeGrpStart"}
    frame = rows(array, columns, **names)
    if "age" in array.dims:
        frame["AgeGrp"] = frame["AgeGrpStart"].astype(str).replace({"100": "100+"})
        frame["AgeGrpSpan"] = frame["AgeGrpStart"].map(lambda a: -1 if a == 100 else 1)
    # Another country must not come in.
    return pd.concat([frame, frame.assign(LocID=392, ISO3_code="JPN", Location="Japan")])


def indicators(per: float = 100) -> pd.DataFrame:
    frame = pd.DataFrame([FIRST] * 2)
    return frame.assign(Time=YEARS, SRB=[1.1 * per, 1.09 * per], TFR=1.01, NetMigrations=-300.5)


@pytest.fixture
def files(tmp_path):
    """Files of the UN as they are published, by what is in them."""

    def save(name: str, frame: pd.DataFrame) -> Path:
        frame.to_csv(tmp_path / name, index=False, encoding="utf-8")
        return tmp_path / name

    sexes = {"female": "PopFemale", "male": "PopMale"}
    mx = {s: un(MX.sel(sex=[s]), {s: "mx"}).assign(Sex=s.capitalize()) for s in SEXES}
    return {
        "january": save(
            "WPP2024_Population1JanuaryBySingleAgeSex_Medium.csv.gz", un(PEOPLE, sexes)
        ),
        "july": save("WPP2024_PopulationBySingleAgeSex_Medium.csv.gz", un(PEOPLE, sexes)),
        "women": save("WPP2024_Life_Table_Complete_Medium_Female.csv.gz", mx["female"]),
        "men": save("WPP2024_Life_Table_Complete_Medium_Male.csv.gz", mx["male"]),
        "fertility": save(
            "WPP2024_Fertility_by_Age1.csv.gz",
            un(ASFR.sel(age=slice(15, 49)), {"value": "ASFR"}).assign(PASFR=1.0),
        ),
        "indicators": save("WPP2024_Demographic_Indicators_Medium.csv", indicators()),
        "migration": save(
            "migprojAge1dt.csv",
            rows(
                MIGRANTS,
                {"female": "migF", "male": "migM"},
                first={"country_code": 156, "name": "China"},
            ),
        ),
    }


def rates_of(files, **change) -> xr.Dataset:
    given = {
        "life_tables": [files["women"], files["men"]],
        "fertility": files["fertility"],
        "indicators": files["indicators"],
        "migration": files["migration"],
        "location": 156,
        "years": YEARS,
    }
    return wpp_rates(**(given | change))


def test_people_of_1_january_are_those_of_the_year_before(files):
    people = read_wpp(files["january"], "population", location=156, at="1 January")
    assert people["year"].values.tolist() == [2023, 2024]
    np.testing.assert_allclose(people, PEOPLE * 1000, rtol=1e-15)
    assert people.attrs == {
        "units": "persons",
        "basis": "resident",
        "open_age": 100,
        "sources": [
            "United Nations, World Population Prospects 2024, "
            "WPP2024_Population1JanuaryBySingleAgeSex_Medium.csv.gz"
        ],
    }
    base = wpp_base(files["january"], location="China", year=2023)
    assert int(base["year"]) == 2023
    np.testing.assert_array_equal(base, people.sel(year=2023))


def test_people_of_1_july_are_no_base(files):
    people = read_wpp(files["july"], "population", location=156, at="1 July")
    assert people["year"].values.tolist() == YEARS
    with pytest.raises(SchemaError, match="the unit is 'persons on 1 July', needed is 'persons'"):
        yl.project(people.sel(year=2024), rates_of(files, years=[2025]))
    with pytest.raises(SchemaError, match=r"^at: a population of 1 July is no base\. Use Populat"):
        wpp_base(files["july"], location=156, year=2023, at="1 July")


def test_the_day_must_be_said_and_fit_the_name(files):
    with pytest.raises(SchemaError, match=r"^at: None\. Say the day of the population"):
        read_wpp(files["january"], "population", location=156)
    with pytest.raises(
        SchemaError, match=r"1January.*: by its name it is of 1 January, at is '1 J"
    ):
        read_wpp(files["january"], "population", location=156, at="1 July")
    with pytest.raises(SchemaError, match=r"by its name it is of 1 July, at is '1 January'"):
        read_wpp(files["july"], "population", location=156, at="1 January")


def test_the_layout_of_wpp2024(tmp_path):
    first = {"country_code": 156, "name": "China"}
    sexes = {"female": "popF", "male": "popM"}
    rows(PEOPLE, sexes, first).to_csv(tmp_path / "popAge1dt.csv", index=False)
    base = wpp_base(tmp_path / "popAge1dt.csv", location=156, year=2024, at="31 December")
    np.testing.assert_allclose(base, PEOPLE.sel(year=2024) * 1000, rtol=1e-15)
    rows(MX, {"female": "mxF", "male": "mxM"}, first).to_csv(tmp_path / "mx1dt.csv", index=False)
    found = read_wpp(tmp_path / "mx1dt.csv", "mx", location="China")
    np.testing.assert_allclose(found, MX, rtol=1e-15)
    assert found.attrs["units"] == "deaths per person-year"
    pattern = (PATTERN.sel(age=slice(10, 54)) * 100).round(4)
    rows(pattern, {"value": "pasfr"}, first).to_csv(tmp_path / "percentASFR1dt.csv", index=False)
    found = read_wpp(tmp_path / "percentASFR1dt.csv", "asfr_pattern", location=156)
    np.testing.assert_allclose(found.sum("age"), 1, rtol=1e-14)
    np.testing.assert_allclose(found, PATTERN.sel(age=slice(10, 54)), atol=2e-6)
    rows(pattern / 2, {"value": "pasfr"}, first).to_csv(tmp_path / "half.csv", index=False)
    with pytest.raises(SchemaError, match=r"^half\.csv: asfr_pattern sums to 0\.5.* in 2024, not"):
        read_wpp(tmp_path / "half.csv", "asfr_pattern", location=156)


@pytest.mark.parametrize("location", [156, "156", "China", "china", "CHN"])
def test_a_country_by_number_name_or_iso_code(files, location):
    tfr = read_wpp(files["indicators"], "tfr", location=location)
    assert tfr.attrs["units"] == "births per woman"
    np.testing.assert_array_equal(tfr, [1.01, 1.01])


def test_units_of_rates_and_totals(files):
    asfr = read_wpp(files["fertility"], "asfr", location=156, years=[2025])
    assert asfr["age"].values.tolist() == list(range(15, 50))
    np.testing.assert_allclose(asfr, ASFR.sel(year=[2025], age=slice(15, 49)) / 1000, rtol=1e-14)
    total = read_wpp(files["indicators"], "migration_total", location=156)
    assert (total.attrs["units"], total.values.tolist()) == ("persons per step", [-300500.0] * 2)


def test_the_sex_ratio_at_birth_is_per_female(files, tmp_path):
    for per in (1, 100):
        indicators(per).to_csv(tmp_path / "i.csv", index=False)
        srb = read_wpp(tmp_path / "i.csv", "srb", location=156)
        np.testing.assert_allclose(srb, [1.1, 1.09], rtol=1e-14)
    indicators(10).to_csv(tmp_path / "i.csv", index=False)
    with pytest.raises(SchemaError, match=r"^i\.csv: srb from 10\.9 to 11 is no sex ratio"):
        read_wpp(tmp_path / "i.csv", "srb", location=156)


# A projection from published files.


def test_a_country_is_projected_from_its_files(files):
    base = wpp_base(files["january"], location=156, year=2023)
    found = yl.project(base, rates_of(files))
    coords = {"year": YEARS}
    expected = xr.Dataset(
        {
            "survival_ratio": survival_ratios(life_table(MX)),
            "asfr": (ASFR.where((ASFR.age > 14) & (ASFR.age < 50), 0.0) / 1000).assign_attrs(
                units="births per woman per year"
            ),
            "srb": xr.DataArray(
                [1.1, 1.09], dims="year", coords=coords, attrs={"units": "males per female"}
            ),
            "net_migration": (MIGRANTS * 1000).assign_attrs(units="persons per step"),
        }
    )
    wanted = yl.project(base, expected)
    np.testing.assert_allclose(found.population, wanted.population, rtol=1e-14)
    assert any("Fertility_by_Age1" in s for s in found.population.attrs["sources"])


def test_a_profile_for_the_published_total(files):
    profile = xr.DataArray(
        np.full((2, 101), 1 / 202),
        dims=("sex", "age"),
        coords={"sex": SEXES, "age": list(AGES)},
        attrs={"units": "1"},
    )
    base = wpp_base(files["january"], location=156, year=2023)
    projection = yl.project(base, rates_of(files, migration=profile))
    np.testing.assert_allclose(projection.net_migration.sum(("sex", "age")), -300500, rtol=1e-12)
    with pytest.raises(
        SchemaError, match=r"^age: life_tables has 101 labels and migration has 100"
    ):
        rates_of(files, migration=profile.isel(age=slice(100)))


def test_a_closed_population(files):
    rates = rates_of(files, migration=None)
    assert set(rates) == {"survival_ratio", "asfr", "srb"}
    base = wpp_base(files["january"], location=156, year=2023)
    assert float(abs(yl.project(base, rates).net_migration).sum()) == 0


def test_ages_of_mothers_above_the_life_table(files, tmp_path):
    short = un(MX.isel(age=slice(41)), {"female": "mxF", "male": "mxM"})
    short.to_csv(tmp_path / "short.csv", index=False)
    with pytest.raises(SchemaError, match=r"^asfr: it has ages above those of the life tables"):
        rates_of(files, life_tables=tmp_path / "short.csv")


# Faults.


def test_what_is_not_in_the_files(files):
    with pytest.raises(
        UnknownNameError, match=r"^variable 'x' is not known\. Known: \['population'"
    ):
        read_wpp(files["women"], "x", location=156)
    with pytest.raises(
        UnknownNameError, match=r"\.csv: no rows of location 'Chna'\. Give its numb"
    ):
        read_wpp(files["indicators"], "tfr", location="Chna")
    with pytest.raises(UnknownNameError, match=r"no variant 'Low'\. It has \['Medium'\]"):
        read_wpp(files["indicators"], "tfr", location=156, variant="Low")
    with pytest.raises(
        SchemaError, match=r"\.csv: year 2030 is missing\. Give the files of the ye"
    ):
        read_wpp(files["indicators"], "tfr", location=156, years=[2024, 2030])
    with pytest.raises(
        SchemaError, match=r"year=2024, sex=male, age=0 is missing\. Give the files"
    ):
        read_wpp([files["women"]], "mx", location=156)
    with pytest.raises(
        FactsError, match=r"Female.*, row 2: year=2024, sex=female, age=0 stands al"
    ):
        read_wpp([files["women"], files["women"]], "mx", location=156)
    with pytest.raises(
        FactsError, match=r"none of the columns \['migF \+ migM'\] is there; it has"
    ):
        read_wpp(files["women"], "net_migration", location=156)
    with pytest.raises(FactsError, match=r"none\.csv: no such file\. Download it"):
        read_wpp("none.csv", "mx", location=156)


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("TFR,Time\n1,2024\n", FactsError, r"^w\.csv: not a file of WPP: its columns are \['TFR'"),
        ("LocID,Time,TFR\n156,2024,x\n", FactsError, r"^w\.csv, row 2, TFR: 'x' is not a number"),
        ("LocID,Time,TFR\n156,2024-29,1\n", FactsError, r"^w\.csv, row 2, year: '2024-29' is not"),
        ("LocID,Time,TFR\n156,2024,1,2\n3,4,5,6,7\n", FactsError, r"^w\.csv: not a table of comma"),
        ("LocID,Time,TFR\n156,2024,1,2\n", FactsError, r"^w\.csv: not a table of comma"),
        ("LocID,Time,TFR\n156,2024,1\n3,4,5,6\n", FactsError, r"^w\.csv: not a table of comma"),
        ("LocID,Time,TFR\n156,2024\n", FactsError, r"^w\.csv, row 2, TFR: '' is not a number"),
        ("", FactsError, r"^w\.csv: not a table of comma"),
    ],
)
def test_faults_of_a_file(tmp_path, text, error, message):
    (tmp_path / "w.csv").write_text(text)
    with pytest.raises(error, match=message):
        read_wpp(tmp_path / "w.csv", "tfr", location=156)


def test_five_year_groups_are_not_single_ages(tmp_path):
    text = "LocID,Time,AgeGrpStart,AgeGrpSpan,ASFR\n156,2024,15,5,30\n"
    (tmp_path / "w.csv").write_text(text)
    with pytest.raises(
        SchemaError, match=r"^w\.csv, row 2: not single ages\. Use the file by sing"
    ):
        read_wpp(tmp_path / "w.csv", "asfr", location=156)
    text = "country_code,year,age,mxF,mxM\n156,2024,0,.1,.1\n156,2024,5,.1,.1\n"
    (tmp_path / "w.csv").write_text(text)
    with pytest.raises(SchemaError, match=r"^w\.csv: mx: age 1 is missing"):
        read_wpp(tmp_path / "w.csv", "mx", location=156)


def test_unknown_sex_and_coding(tmp_path):
    text = "LocID,Time,Sex,AgeGrpStart,mx\n156,2024,Total,0,.1\n156,2024,X,0,.1\n"
    (tmp_path / "w.csv").write_text(text)
    with pytest.raises(FactsError, match=r"^w\.csv: sex is 'x', needed is Female or Male"):
        read_wpp(tmp_path / "w.csv", "mx", location=156)
    (tmp_path / "w.csv").write_bytes("LocID,Location,Time,TFR\n156,中国,2024,1\n".encode("gbk"))
    with pytest.raises(FactsError, match=r"^w\.csv: the file is not UTF-8\. Take it as it is"):
        read_wpp(tmp_path / "w.csv", "tfr", location=156)


def test_a_broken_download(tmp_path):
    path = tmp_path / "w.csv.gz"
    path.write_bytes(gzip.compress(b"LocID,Time,TFR\n156,2024,1\n" * 99)[:-12])
    with pytest.raises(FactsError, match=r"^w\.csv\.gz: not a whole file"):
        read_wpp(path, "tfr", location=156)
