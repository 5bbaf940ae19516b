"""Every benchmark runs once at its smallest size; nothing here looks at a clock."""

import json
import math
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[1]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from benchmarks import __main__ as program  # noqa: E402
from benchmarks import cases_many, compare, process, streams, table  # noqa: E402
from benchmarks.registry import Measure, case, load, over, pick  # noqa: E402

CASES = load()
NAMES = [
    "full_own",
    "full_own_public",
    "full_shared",
    "sums",
    "counties",
    "cities",
    "adjoint",
    "one_thread_131",
    "cold_start",
    "scaling",
    "import_time",
    "life_tables",
]


def record(value: float, better: str = "lower") -> process.Record:
    measure = {"value": value, "unit": "s", "better": better, "beside": 2.0, "ratio": value / 2}
    measure |= {"want": "<= 1/4", "ok": value <= 0.5}
    return {"measures": {"wall time": measure}, "peak_mb": 1.0, "compile_seconds": 5.0}


def result(**cases: object) -> dict:
    return {"environment": table.environment(), "size": "small", "cases": cases}


def test_the_cases_are_those_of_the_table() -> None:
    assert sorted(CASES) == sorted(NAMES)


# A case compares with the NumPy kernel or with sums of `project` before it takes the time.
@pytest.mark.parametrize("name", CASES)
def test_a_case_runs_and_gives_finite_numbers(name: str) -> None:
    measures = CASES[name].run("small")
    assert measures
    for measure in measures.values():
        numbers = [measure.value, measure.beside, measure.ratio]
        assert all(math.isfinite(x) for x in numbers if x is not None)
        assert measure.unit
        assert measure.ok in (None, True, False)


@pytest.mark.parametrize(
    ("measure", "ok"),
    [
        (Measure(1.0, "s"), None),
        (Measure(1.0, "s", want="<= 10 s"), True),
        (Measure(1024.0, "MB", want="< 1024 MB"), False),
        (over(1.0, 13.0, "ns", "", "<= 1/12"), True),
        (over(1.0, 11.0, "ns", "", "<= 1/12"), False),
        (over(0.9, 1.0, "GB/s", "", ">= 0.9", better="higher"), True),
    ],
)
def test_a_reach_is_of_the_ratio_where_there_is_one(measure: Measure, ok: bool | None) -> None:
    assert measure.ok is ok


def test_a_name_is_registered_once() -> None:
    with pytest.raises(ValueError, match="case 'sums' is registered twice"):
        case("sums", "")(lambda size: {})


def test_a_size_that_is_not_given_takes_the_next_smaller_one() -> None:
    assert pick("full", small=1, medium=2) == 2
    assert pick("small", small=1, full=3) == 1


def test_quantiles_equal_numpy() -> None:
    sums = np.random.default_rng(1).normal(size=(50, 4, 3))
    wanted = np.quantile(sums, cases_many.QUANTILES, axis=0)
    np.testing.assert_allclose(cases_many.quantiles(sums), wanted, rtol=1e-12)


@pytest.mark.skipif(not find_spec("numba"), reason="numba is not installed")
@pytest.mark.parametrize("row", [202, 262])
def test_the_traffic_beside_a_projection_reads_and_writes_every_eight_cells(row: int) -> None:
    # Smallest runs of `full_own` do not compile it.
    rng = np.random.default_rng(1)
    survival, migration = rng.uniform(size=(2, 7, row))
    asfr = rng.uniform(size=(7, row // 2))
    out = np.full((7, row), np.nan)
    mix = streams.mixer()
    for rows in (slice(0, 3), slice(3, 7)):
        mix((survival, migration, asfr), out, rows, row)
    whole = row // 8 * 8
    ages = np.minimum(np.arange(0, whole, 8), row // 2 - 8)[:, None] + np.arange(8)
    wanted = survival[:, :whole] * migration[:, :whole] + asfr[:, ages.ravel()]
    np.testing.assert_allclose(out[:, :whole], wanted, rtol=1e-15)
    assert not out[:, whole:].any()


def test_futures_do_not_depend_on_who_does_which_block(monkeypatch: pytest.MonkeyPatch) -> None:
    base, _ = cases_many.made_up_bases(10)
    found = cases_many.futures(base, 5, 2, "numpy")
    monkeypatch.setattr(cases_many, "THREADS", 1)
    np.testing.assert_array_equal(cases_many.futures(base, 5, 2, "numpy"), found)


def test_bases_without_the_census_are_made_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cases_many, "FACTS", ())
    base, which = cases_many.county_bases()
    assert base.sizes["area"] == 2850
    assert "made up" in which


def test_the_table_says_what_is_kept_and_what_broke(tmp_path: Path) -> None:
    whole = result(first=record(0.4), second=record(0.6), third={"broke": "ValueError"})
    text = table.as_text(whole)
    lines = [" ".join(line.split()) for line in text.splitlines()]
    assert "first wall time 0.4 s 2 s 0.2 <= 1/4 ok 1" in lines
    assert "second wall time 0.6 s 2 s 0.3 <= 1/4 miss 1" in lines
    assert "third broke broke" in lines
    readme = tmp_path / "README.md"
    readme.write_text("a\n<!-- table -->\nold\n<!-- /table -->\nb\n", encoding="utf-8")
    for _ in range(2):  # a second time, over the first
        table.write_readme(whole, readme)
    written = readme.read_text(encoding="utf-8")
    assert written.startswith("a\n<!-- table -->\n")
    assert written.endswith("<!-- /table -->\nb\n")
    assert "old" not in written
    assert written.count("| first | wall time | 0.4 s |") == 1


def test_the_readme_has_a_place_for_the_table(tmp_path: Path) -> None:
    copy = tmp_path / "README.md"
    copy.write_text(table.README.read_text(encoding="utf-8"), encoding="utf-8")
    table.write_readme(result(first=record(0.4)), copy)


def test_a_readme_without_marks_is_left_alone(tmp_path: Path) -> None:
    readme = tmp_path / "README.md"
    readme.write_text("nothing", encoding="utf-8")
    with pytest.raises(SystemExit, match="must stand there once each"):
        table.write_readme(result(), readme)
    assert readme.read_text(encoding="utf-8") == "nothing"


def test_worse_is_slower_or_fewer_bytes_a_second() -> None:
    slower = compare.change([record(1.0)] * 3, [record(1.2), record(1.2), record(9.0)])
    assert slower["wall time"] == pytest.approx((1.0, 1.2, 0.2))
    fewer = compare.change([record(10.0, "higher")], [record(8.0, "higher")])
    assert fewer["wall time"][2] == pytest.approx(0.25)


def test_compare_takes_turns_and_names_what_got_slower(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    called = []

    def run(name: str, size: str, source: Path | None = None) -> process.Record:
        assert source is not None
        called.append((source.name, size))
        return record(1.0 if source.name == "old" else 1.3)

    monkeypatch.setattr(compare, "run_apart", run)
    for tree in ("old", "new"):
        (tmp_path / tree).mkdir()
    assert compare.compare(str(tmp_path / "old"), str(tmp_path / "new"), ["x"], "full", 5) == 0
    assert called == [("new", "small"), ("old", "small"), *[("old", "full"), ("new", "full")] * 5]
    out = capsys.readouterr().out
    assert "x, wall time: 1 -> 1.3  slower by 30%" in out
    assert "slower by more than 15%: x, wall time" in out


@pytest.mark.parametrize(("broken", "status"), [("old", 0), ("new", 1)])
def test_compare_fails_only_when_a_case_breaks_in_the_head(
    broken: str, status: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def run(name: str, size: str, source: Path | None = None) -> process.Record:
        if source is not None and source.name == broken:
            raise process.CaseBroke("ImportError")
        return record(1.0)

    monkeypatch.setattr(compare, "run_apart", run)
    for tree in ("old", "new"):
        (tmp_path / tree).mkdir()
    trees = str(tmp_path / "old"), str(tmp_path / "new")
    assert compare.compare(*trees, ["x"], "full", 1) == status


def test_a_case_runs_in_a_process_of_its_own_with_the_tree_it_is_given(tmp_path: Path) -> None:
    found = process.run_apart("sums", "small", ROOT / "src")
    assert found["measures"]["time per member-year"]["value"] > 0
    assert found["peak_mb"] > 1
    (tmp_path / "yilao").mkdir()
    (tmp_path / "yilao" / "__init__.py").write_text("")
    with pytest.raises(process.CaseBroke, match="ModuleNotFoundError"):
        process.run_apart("sums", "small", tmp_path)


def test_the_program_writes_json_and_fails_only_when_a_case_breaks(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(process, "run_apart", lambda name, size: record(0.6))
    path = tmp_path / "out.json"
    given = ["--case", "sums", "--size", "small", "--json", str(path)]
    assert program.main(given) == 0
    assert "miss" in capsys.readouterr().out
    assert json.loads(path.read_text())["cases"]["sums"]["measures"]["wall time"]["value"] == 0.6

    def broken(name: str, size: str) -> process.Record:
        raise process.CaseBroke("it broke here")

    monkeypatch.setattr(process, "run_apart", broken)
    assert program.main(given) == 1
    assert "it broke here" in capsys.readouterr().err


def test_an_unknown_case_is_named() -> None:
    with pytest.raises(SystemExit, match="case 'summs' is not known"):
        program.main(["--case", "summs"])
