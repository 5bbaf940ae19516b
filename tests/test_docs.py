"""What people read and run: the README's table, the example, the notebook."""

import re
import subprocess
import sys
from pathlib import Path

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


def test_notebook_is_the_example_and_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    nbformat = pytest.importorskip("nbformat")
    nbclient = pytest.importorskip("nbclient")
    monkeypatch.syspath_prepend(str(ROOT / "docs"))
    import make_notebook

    stored = nbformat.read(ROOT / "docs" / "hangzhou_childcare.ipynb", as_version=4)
    fresh = make_notebook.build()
    assert [c.source for c in stored.cells] == [c.source for c in fresh.cells]
    assert all(c.outputs for c in stored.cells[2:] if c.cell_type == "code")
    # ipykernel's own warnings are not ours to fail on; a cell that raises is.
    client = nbclient.NotebookClient(fresh, timeout=300, kernel_name="python3")
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        client.execute()
    printed = "".join(o.get("text", "") for c in fresh.cells for o in c.get("outputs", []))
    kept = "".join(o.get("text", "") for c in stored.cells for o in c.get("outputs", []))
    assert printed == kept


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
    code = re.findall(r"^```python\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)[0]
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
