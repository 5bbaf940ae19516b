"""Text files of HMD and HFD: headers, open ages, missing values, changed territories, faults."""

import numpy as np
import pytest

from yilao.mortality import life_table
from yilao.population import read_hfd, read_hmd, read_hmd_life_tables
from yilao.schema import FactsError, SchemaError, UnknownNameError

NOTE = "Last modified: 05 Jun 2023;  Methods Protocol: v6 (2017)"
SEXED = "  Year          Age             Female            Male           Total"

DEATHS = f"""Nowhere, Deaths (period 1x1), \t{NOTE}

{SEXED}
  2019           0              30.00           40.50           70.50
  2019           1               2.00            3.00            5.00
  2019         2+              900.00          800.00         1700.00
  2020           0              31.00           41.00           72.00
  2020           1                .               .               .
  2020         2+              901.00            .               .
"""
POPULATION = f"""Nowhere, Population size (1-year), \t{NOTE}

{SEXED}
  1974           0             100             110             210
  1974         1+              900             850            1750
  1975-          0             101             111             212
  1975-        1+              901             851            1752
  1975+          0             201             211             412
  1975+        1+             1901            1851            3752
  1976           0             202             212             414
  1976         1+             1902            1852            3754
"""
ASFR = """Nowhere, Period fertility rates by calendar year and age (Lexis squares)
Last modified: 1 Jan 2024
Year   Age   ASFR
2020   12-   0.00001
2020   13    0.00012
2020   14+   .
"""


def life_tables(sex: str, mx: float) -> str:
    lines = [f"Nowhere, Life tables (period 1x1), {sex} \t{NOTE}", ""]
    lines += ["  Year   Age   mx   qx   ax   lx   dx   Lx   Tx   ex"]
    lines += [f"  2020   0   {mx} 0.01 0.14 100000 1000 99140 8099140 80.99"]
    lines += ["  2020   1+  0.0125 1.00000 80.0 99000 99000 8000000 8000000 80.81"]
    return "\n".join(lines)


@pytest.fixture
def file(tmp_path):
    def write(text: str, name: str = "file.txt"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_deaths(file):
    deaths = read_hmd(file(DEATHS))
    assert deaths.name == "deaths"
    assert deaths.dims == ("year", "sex", "age")
    assert deaths["age"].values.tolist() == [0, 1, 2]
    np.testing.assert_array_equal(deaths.sel(year=2019), [[30.0, 2.0, 900.0], [40.5, 3.0, 800.0]])
    assert deaths.attrs["units"] == "persons"
    assert deaths.attrs["open_age"] == 2
    assert deaths.attrs["sources"] == [" ".join(DEATHS.splitlines()[0].split())]


def test_a_point_is_missing_and_not_zero(file):
    deaths = read_hmd(file(DEATHS))
    assert deaths.attrs["missing"] == ["2020: 3 value(s)"]
    np.testing.assert_array_equal(
        deaths.isnull().sel(year=2020), [[False, True, False], [False, True, True]]
    )
    assert read_hmd(file(DEATHS.replace(" . ", " 1 ").replace(" .", " 1"))).attrs["missing"] == []


@pytest.mark.parametrize(
    ("title", "name", "unit"),
    [
        ("Exposure to risk (period 1x1)", "exposure", "person-years"),
        ("Death rates (period 1x1)", "mx", "deaths per person-year"),
    ],
)
def test_exposures_and_rates(file, title, name, unit):
    found = read_hmd(file(DEATHS.replace("Deaths (period 1x1)", title)))
    assert (found.name, found.attrs["units"]) == (name, unit)


def test_a_population_of_1_january_is_that_of_the_year_before(file):
    before = read_hmd(file(POPULATION), territory="before")
    after = read_hmd(file(POPULATION), territory="after")
    assert before["year"].values.tolist() == after["year"].values.tolist() == [1973, 1974, 1975]
    assert before.sel(year=1974, sex="female").values.tolist() == [101, 901]
    assert after.sel(year=1974, sex="female").values.tolist() == [201, 1901]
    assert before.sel(year=1973).values.tolist() == after.sel(year=1973).values.tolist()
    assert (before.attrs["units"], before.attrs["basis"]) == ("persons", "resident")


def test_a_changed_territory_is_the_callers_choice(file):
    with pytest.raises(
        SchemaError, match=r"the years \['1975-', '1975\+'\] are of the people befo"
    ):
        read_hmd(file(POPULATION))
    calm = "\n".join(line for line in POPULATION.splitlines() if "1975" not in line)
    assert read_hmd(file(calm)).sizes["year"] == 2


def test_life_tables(file):
    women = file(life_tables("Females", 0.0101), "fltper_1x1.txt")
    men = file(life_tables("Males", 0.0125), "mltper_1x1.txt")
    tables = read_hmd_life_tables(women, men)
    assert tables["mx"].dims == ("year", "sex", "age")
    assert tables["mx"].sel(age=0).values.tolist() == [[0.0101, 0.0125]]
    np.testing.assert_allclose(tables["lx"].sel(year=2020, sex="male"), [1, 0.99], rtol=1e-15)
    np.testing.assert_allclose(tables["Lx"].sel(year=2020, sex="male"), [0.9914, 80], rtol=1e-15)
    assert tables["Lx"].attrs == {"units": "years", "missing": []}
    assert [("Females" in s, "Males" in s) for s in tables.attrs["sources"]] == [
        (True, False),
        (False, True),
    ]
    assert float(life_table(tables["mx"])["lx"].isel(age=0, year=0, sex=0)) == 1
    with pytest.raises(
        FactsError, match=r"^mltper_1x1\.txt: not the life table of females: its fi"
    ):
        read_hmd_life_tables(men, women)
    other = file(life_tables("Males", 0.0125).replace("2020", "2021"), "other.txt")
    with pytest.raises(SchemaError, match=r"and other\.txt: the years of women and men differ"):
        read_hmd_life_tables(women, other)
    short = file(life_tables("Males", 0.0125).replace(" ax ", " bx "), "short.txt")
    with pytest.raises(FactsError, match=r"^short\.txt: column 'ax' is missing"):
        read_hmd_life_tables(women, short)


def test_fertility_rates(file):
    rates = read_hfd(file(ASFR, "asfrRR.txt"))
    assert list(rates) == ["asfr"]
    assert rates["asfr"]["age"].values.tolist() == [12, 13, 14]
    assert rates["asfr"].sel(age=12).item() == 0.00001
    assert rates["asfr"].attrs["units"] == "births per woman per year"
    assert rates["asfr"].attrs["missing"] == ["2020: 1 value(s)"]
    assert (rates.attrs["first_age"], rates.attrs["open_age"]) == (12, 14)


def test_one_of_several_countries(file):
    text = ASFR.replace("Year   Age", "Code  Year   Age").replace("2020 ", "AUT 2020 ")
    text = text.replace("ASFR", "Total").replace("Period fertility rates", "Live births")
    text += "BEL 2020 12- 5\nBEL 2020 13 6\nBEL 2020 14+ 7\n"
    births = read_hfd(file(text, "birthsRR.txt"), country="BEL")
    assert births["total"].values.tolist() == [[5, 6, 7]]
    assert births["total"].attrs["units"] == "persons"
    assert births.attrs["sources"][0].startswith("BEL, Nowhere, Live births")
    with pytest.raises(UnknownNameError, match=r"^birthsRR\.txt: it has \['AUT', 'BEL'\]\. Choose"):
        read_hfd(file(text, "birthsRR.txt"))
    with pytest.raises(
        UnknownNameError, match=r"^birthsRR\.txt: country 'SWE' is not in it\. It h"
    ):
        read_hfd(file(text, "birthsRR.txt"), country="SWE")


@pytest.mark.parametrize(
    ("old", "new", "error", "message"),
    [
        ("Deaths (", "Births (", FactsError, r"^file\.txt: not deaths, exposures, population or d"),
        ("Female", "Women", FactsError, r"not deaths, .* its columns are \['Women', 'Male', 'Tot"),
        ("Year", "Cohort", FactsError, r"^file\.txt: no header with Year and Age, and without Coh"),
        ("40.50", "4O.50", FactsError, r"^file\.txt, row 4, Male: '4O\.50' is not a number"),
        ("40.50", "", FactsError, r"^file\.txt, row 4: 4 fields where the header has 5"),
        (
            "2019           1 ",
            "2019         1-4 ",
            SchemaError,
            r"row 5: year '2019', age '1-4' is",
        ),
        ("  2020 ", "  2020-29 ", SchemaError, r"row 7: year '2020-29', age '0' is not one year"),
        (
            "2019           1 ",
            "2019           0 ",
            SchemaError,
            r"row 5: year 2019, age 0 stands t",
        ),
        ("  2020           1 ", "  2020           7 ", SchemaError, r"year 2019, age 7 is missing"),
    ],
)
def test_faults_of_a_file(file, old, new, error, message):
    assert old in DEATHS
    with pytest.raises(error, match=message):
        read_hmd(file(DEATHS.replace(old, new)))


def test_ages_must_begin_at_0(file):
    text = "\n".join(line for line in DEATHS.splitlines() if "           0 " not in line)
    with pytest.raises(SchemaError, match=r"^file\.txt: deaths: age 0 is missing"):
        read_hmd(file(text))


def test_files_that_are_none(tmp_path, file):
    with pytest.raises(FactsError, match=r"none\.txt: no such file\. Download it"):
        read_hmd(tmp_path / "none.txt")
    with pytest.raises(FactsError, match=r"^file\.txt: the file has no rows"):
        read_hmd(file("\n".join(DEATHS.splitlines()[:3])))
    with pytest.raises(FactsError, match=r"^file\.txt: not fertility rates, births or exposures"):
        read_hfd(file(DEATHS))
    path = tmp_path / "coded.txt"
    path.write_bytes("无处, Deaths\n\nYear Age Female Male\n".encode("gbk"))
    with pytest.raises(FactsError, match=r"^coded\.txt: the file is not UTF-8 text"):
        read_hmd(path)
