"""What people read and run: the README's table, the example, the notebook."""

import inspect
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from yilao.cli import main

ROOT = Path(__file__).parents[1]


def _block(readme: str) -> str:
    text = (ROOT / readme).read_text(encoding="utf-8")
    return re.search(r"^```\n(.*?)\n```$", text, re.MULTILINE | re.DOTALL).group(1)


@pytest.mark.parametrize(("readme", "lang"), [("README.md", "en"), ("README.zh.md", "zh")])
def test_readme_shows_what_the_command_prints(
    readme: str, lang: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["gap", "hangzhou", "--lang", lang]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith(_block(readme) + "\n")


def test_example_runs_away_from_the_source(tmp_path: Path) -> None:
    script = ROOT / "examples" / "hangzhou_childcare.py"
    done = subprocess.run(
        [sys.executable, str(script)], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "short 16,532 places" in done.stdout
    assert (tmp_path / "hangzhou_childcare.png").stat().st_size > 10_000


@pytest.mark.parametrize("chinese_font", ["as installed", "none"])
def test_notebook_is_the_example_and_runs(
    chinese_font: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On any machine: without a Chinese font the pictures are in English and a warning says so."""
    nbformat = pytest.importorskip("nbformat")
    nbclient = pytest.importorskip("nbclient")
    monkeypatch.syspath_prepend(str(ROOT / "docs"))
    import make_notebook

    stored = nbformat.read(ROOT / "docs" / "hangzhou_childcare.ipynb", as_version=4)
    fresh = make_notebook.build()
    assert [c.source for c in stored.cells] == [c.source for c in fresh.cells]
    assert all(c.outputs for c in stored.cells[2:] if c.cell_type == "code")
    assert not _streams(stored, "stderr")  # what is shown was drawn with a Chinese font
    if chinese_font == "none":
        hide = "from yilao.plot import fonts\nfonts.find_chinese_family = lambda: None"
        fresh.cells.insert(0, nbformat.v4.new_code_cell(hide))
    # ipykernel's own warnings are not ours to fail on; a cell that raises is.
    client = nbclient.NotebookClient(fresh, timeout=300, kernel_name="python3")
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        client.execute()
    assert _streams(fresh, "stdout") == _streams(stored, "stdout")
    if chinese_font == "none":
        assert _streams(fresh, "stderr").count("apt install fonts-noto-cjk") == 1


def _streams(notebook: Any, name: str) -> str:
    """What the cells wrote to stdout or stderr."""
    outputs = [o for cell in notebook.cells for o in cell.get("outputs", [])]
    return "".join(o["text"] for o in outputs if o.get("name") == name)


def test_no_page_names_a_machine() -> None:
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.*"), *(ROOT / "examples").glob("*.py")]
    for page in pages:
        if page.suffix != ".png":
            text = page.read_text(encoding="utf-8")
            assert not re.search(r"/(?:root|home|work|tmp)/", text), page.name


def test_the_engine_page_runs() -> None:
    """Its futures of every county, with two areas and four draws."""
    import numpy as np
    import xarray as xr

    import yilao as yl

    page = (ROOT / "docs" / "engine.md").read_text(encoding="utf-8")
    code = _code(page)[0]
    space: dict[str, object] = {}
    exec(code, space)
    place = yl.load_place("ankang")
    rates = place.rates("no-migration", until=2023)
    base = xr.concat([place.base, place.base * 2], dim="area").assign_coords(area=["a", "b"])
    base.attrs = dict(place.base.attrs)
    old = xr.zeros_like(place.base).where(place.base.age < 60, 1.0).expand_dims(measure=["60+"])
    found = space["futures"](base, rates, old, draws=4, block=1)
    assert found.sizes == {"quantile": 3, "area": 2, "year": 4, "measure": 1}
    once = yl.sum_ages(yl.project(place.base, rates).population, 60)
    np.testing.assert_allclose(found.sel(area="a", quantile=0.5).squeeze(), once, rtol=1e-12)


def test_the_census_pair_page_is_what_its_script_writes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "docs"))
    import make_census_pair

    page = (ROOT / "docs" / "census-pair.md").read_text(encoding="utf-8")
    assert f"<!-- table -->\n{make_census_pair.build()}\n<!-- end -->" in page
    for code in _code(page):
        exec(code, {})


def test_the_page_of_demand_models_runs(capsys: pytest.CaptureFixture[str]) -> None:
    """Its blocks share one session, and print the numbers that its text states."""
    page = (ROOT / "docs" / "demand-models.md").read_text(encoding="utf-8")
    space: dict[str, object] = {}
    for code in re.findall(r"^```python\n(.*?)^```$", page, re.MULTILINE | re.DOTALL):
        exec(code, space)
    out = capsys.readouterr().out
    for shown in (
        "[30.0, 35.3, 60.0]",
        "2.61% of residents: 8.6% enrolled",
        "1.81% of residents: 12.4% enrolled",
        "[200. 300. 600.]",
        "True",
    ):
        assert shown in out
    from yilao import demand

    models = {
        n
        for n in demand.__all__
        if n.endswith(("beds", "places", "carers", "staff", "rooms", "need", "seats", "classes"))
    }
    assert [n for n in sorted(models) if f"`{n}" not in page] == []


def test_the_page_of_splits_is_what_its_script_writes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "docs"))
    import make_splits

    page = (ROOT / "docs" / "splits.md").read_text(encoding="utf-8")
    for name, table in (("table", make_splits.build()), ("depth", make_splits.depths())):
        assert f"<!-- {name} -->\n{table}\n<!-- end -->" in page
    for picture in re.findall(r"images/\w+\.png", page):
        assert (ROOT / "docs" / picture).is_file()
    (code,) = _code(page)
    exec(code, {})


def test_the_pictures_of_splits_can_be_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    from matplotlib import pyplot as plt

    monkeypatch.syspath_prepend(str(ROOT / "docs"))
    import make_splits

    lines = make_splits.draw_splits("en").axes[0].get_legend().get_texts()
    assert len(lines) == len(make_splits.METHODS)
    figure = make_splits.draw_pyramids("en")
    assert [ax.get_title() for ax in figure.axes][:2] == [
        "Hangzhou, end of 2010",
        "Hangzhou, end of 2020",
    ]
    plt.close("all")


def test_rates_in_ten_minutes_runs_as_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("openpyxl")
    from matplotlib import pyplot as plt

    page = (ROOT / "docs" / "rates-in-ten-minutes.md").read_text(encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    space: dict[str, Any] = {}
    for code in _code(page):
        exec(code, space)
    plt.close("all")
    # The numbers beside the code are the ones that it prints.
    printed = re.sub(r"[\[\],]", " ", capsys.readouterr().out).split()
    said = " ".join(re.findall(r"^print\(.*  # (.*)$", page, re.MULTILINE))
    for number in re.findall(r"\d+\.\d+|\d{5,}", said):
        assert number in printed, number
    assert (abs(space["fit"].residuals) <= 500 + 1e-6).all()
    end = space["projection"]
    balance = end.population.diff("year").sum(["sex", "age"]) - (
        end.births.sum("sex")
        - end.deaths.sum(["sex", "age"])
        + end.net_migration.sum(["sex", "age"])
    )
    assert (abs(balance) < 1e-3).all()


def test_every_public_function_of_population_and_rates_has_an_example() -> None:
    """Doctests run; this sees to it that there is one."""
    import yilao as yl

    for module in (yl.population, yl.mortality, yl.fertility, yl.migration):
        for name in module.__all__:
            thing = getattr(module, name)
            if inspect.isfunction(thing):
                assert ">>> " in (thing.__doc__ or ""), f"{module.__name__}.{name}"


def _code(page: str) -> list[str]:
    """The Python blocks of a page."""
    return re.findall(r"^```python\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)


def test_the_status_page_shows_what_the_command_prints(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = (ROOT / "docs" / "plan-status.md").read_text(encoding="utf-8")
    command = re.search(r"^yilao (plan .*made_up\.csv.*)$", page, re.MULTILINE).group(1)
    shown = re.search(r"^```text\n(.*?)^```$", page, re.MULTILINE | re.DOTALL).group(1)
    monkeypatch.chdir(ROOT)
    assert main(command.split()) == 0
    printed = capsys.readouterr().out.splitlines()
    assert [line for line in shown.splitlines() if line not in printed] == []


def test_the_page_of_your_own_plan_runs_as_it_is_read(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    pytest.importorskip("openpyxl")
    page = (ROOT / "docs" / "own-plan.md").read_text(encoding="utf-8")
    blocks = dict(re.findall(r"^```(toml|python)\n(.*?)^```$", page, re.MULTILINE | re.DOTALL))
    monkeypatch.chdir(tmp_path)
    Path("mine.toml").write_text(blocks["toml"], encoding="utf-8")
    exec(compile(blocks["python"], "own-plan.md", "exec"), {})
    assert "2020 基数 base 10,400, 2025 目标 target ≥12,000" in capsys.readouterr().out
    for name in ("mine.toml", "mine.xlsx"):
        assert main(["plan", name, "--on", "2024-06-30", "--lang", "zh"]) == 0
        assert "截至2024-06-30：无法判断 2" in capsys.readouterr().out
    assert main(["audit", "mine.toml", "--lang", "zh"]) == 0


def test_the_page_of_the_audit_is_what_its_script_writes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "docs"))
    import make_audit

    page = (ROOT / "docs" / "audit-ankang.md").read_text(encoding="utf-8")
    assert page == make_audit.build()
    # What the text says of the plan stands in its findings.
    findings = page[page.index("## In English") :]
    for shown in (
        "31,380",
        "2,781",
        "10,480",
        "3,030,000",
        "1.357",
        "96.07–96.5",
        "101.2–101.4",
        "1,737–4,052",
    ):
        assert shown in findings
