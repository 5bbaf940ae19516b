"""Write and execute docs/hangzhou_childcare.ipynb: python docs/make_notebook.py."""

from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

HERE = Path(__file__).parent


def code_of_example() -> str:
    """The ten lines of the example, without its docstring and its printing."""
    text = (HERE.parent / "examples" / "hangzhou_childcare.py").read_text(encoding="utf-8")
    body = text.split('"""\n', 1)[1].split("\nif __name__", 1)[0].strip()
    return body.replace(
        "import yilao as yl", "%config InlineBackend.figure_formats = ['png']\nimport yilao as yl"
    )


CELLS = [
    (
        "md",
        "# Hangzhou's childcare gap in 2025 · 杭州市2025年托位缺口\n\n"
        "From the census of 2020 to the number of childcare places (托位) that the plan's norm "
        "requires, against the places it counts.",
    ),
    ("code", code_of_example()),
    ("code", "yl.plot_gap(gap);"),
    ("code", "print(yl.citations(gap))"),
    (
        "md",
        "## How this relates to the published 2.9万\n\n"
        "The plan publishes a gap of about 29,000 places. Its own figures do not fit together: the "
        "table sets what it publishes, its arithmetic and the projection side by side.",
    ),
    (
        "code",
        "from yilao import report\n"
        "from yilao.backtest import against_bulletins\n\n"
        "answer = yl.childcare_gap(hz)\n"
        "print(report.gap_text(answer, 'zh', against_bulletins(hz)))",
    ),
    (
        "md",
        "## The people behind it\n\n"
        "Residents at the end of 2020 by single year of age, and the projection to 2025. The births "
        "of 1958-62 decide how many people turn 60 in 2021-25.",
    ),
    (
        "code",
        "yl.plot_pyramid(hz.base, highlight=[(58, 62, '2020年末：1958—1962年出生')],\n"
        "                compare=proj.population.sel(year=2025));",
    ),
    (
        "code",
        "years = proj.population.sel(year=[2020, 2025, 2030, 2035])\n"
        "(yl.sum_ages(years, 60) / 1e4).round(1).to_series().rename('60+ (万人)')",
    ),
]


def build() -> nbformat.NotebookNode:
    make = {"md": new_markdown_cell, "code": new_code_cell}
    notebook = new_notebook(cells=[make[kind](text) for kind, text in CELLS])
    # Fixed ids: the file changes only when its content does.
    for i, cell in enumerate(notebook.cells):
        cell["id"] = f"cell-{i}"
    return notebook


if __name__ == "__main__":
    notebook = build()
    NotebookClient(notebook, timeout=300, kernel_name="python3").execute()
    for cell in notebook.cells:
        cell.get("metadata", {}).pop("execution", None)
    notebook.metadata.pop("widgets", None)
    nbformat.write(notebook, HERE / "hangzhou_childcare.ipynb")
