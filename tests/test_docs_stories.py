"""The pages that tell a story: their code runs and prints what they show; their pictures exist."""

import contextlib
import io
import re
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[1] / "docs"
CODE = re.compile(r"```python\n(.*?)```\n(.*?)```\n(.*?)```\n", re.DOTALL)
PAGES = ("ankang-beds.md", "places-and-enrolment.md", "gaps-2035.md")


@pytest.mark.parametrize("page", PAGES)
def test_pages_show_what_their_code_prints(page: str) -> None:
    text = (DOCS / page).read_text(encoding="utf-8")
    blocks = CODE.findall(text)
    assert len(blocks) == text.count("```python\n")
    names: dict[str, object] = {}
    for code, _, shown in blocks:
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(code, names)
        assert printed.getvalue() == shown


@pytest.mark.parametrize("page", PAGES)
def test_links_and_pictures_of_the_pages_exist(page: str) -> None:
    text = (DOCS / page).read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#]+)\)", text):
        assert (DOCS / target).is_file(), target


def test_pictures_are_drawn_with_and_without_a_chinese_font(monkeypatch) -> None:
    monkeypatch.syspath_prepend(str(DOCS))
    import make_stories

    import yilao as yl
    from yilao.plot import fonts

    parts = make_stories.nursing_beds()
    assert [round(float(p)) for p in parts] == [3_109, 2_576, 16_042]
    for found in (fonts.find_chinese_family(), None):
        monkeypatch.setattr(fonts, "find_chinese_family", lambda found=found: found)
        monkeypatch.setattr(fonts, "_said", {"no font"})
        words = make_stories.ANKANG["zh"]
        axes = yl.plot_parts(
            parts, names=words["names"], ends=words["ends"], marks={words["mark"]: 18_000.0},
            unit="beds", lang="zh", title=words["title"],
        )  # fmt: skip
        labels = [t.get_text() for t in axes.get_yticklabels()]
        assert labels[1] == (words["names"]["people"] if found else "people")
        assert axes.get_title() == (words["title"] if found else "")
        axes = yl.plot_paths(make_stories.paths(), lang="zh", index_year=2020)
        assert any("children" in t.get_text() for t in axes.texts)
