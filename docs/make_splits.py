"""Write table and pictures of docs/splits.md: python docs/make_splits.py (needs a Chinese font)."""

from pathlib import Path

import matplotlib
import xarray as xr

matplotlib.use("Agg")

from matplotlib.figure import Figure

import yilao as yl
from yilao.plot.fonts import lettering
from yilao.population import TO_YEAR_END, census_groups, graduate, single_years

HERE = Path(__file__).parent
PAGE, IMAGES = HERE / "splits.md", HERE / "images"
CITIES = ("hangzhou", "taizhou-zhejiang", "ankang", "taizhou-jiangsu")
YEARS = range(2021, 2026)
# By method of `graduate`, and the split by cohorts: name in English and Chinese, colour.
METHODS = {
    "uniform": ("uniform", "均分", "#999999"),
    "sprague": ("Sprague", "Sprague", "#4c78a8"),
    "beers": ("Beers, ordinary", "Beers 普通式", "#72b7b2"),
    "beers-modified": ("Beers, modified", "Beers 修正式", "#54a24b"),
    "pclm": ("penalised composite link (PCLM)", "惩罚复合链接（PCLM）", "#b279a2"),
    "cohorts": ("by cohorts", "按队列", "#d1495b"),
}


def splits() -> dict[str, xr.DataArray]:
    """Hangzhou's groups of 1 November 2020 as single years (age), both sexes, by each method."""
    groups = census_groups("hangzhou", 2020)
    made = {m: graduate(groups, m) for m in METHODS if m != "cohorts"}
    return {m: p.sum("sex") for m, p in (made | {"cohorts": single_years(groups)}).items()}


def reaching_60(people: xr.DataArray, year: int) -> float:
    """People of 1 November 2020 whose 60th birthday is in a year, birthdays spread evenly."""
    age = 2080 - year  # on 31 December 2020
    return float((1 - TO_YEAR_END) * people.sel(age=age) + TO_YEAR_END * people.sel(age=age - 1))


def build() -> str:
    """The table: thousands who reach 60 in 2021-2025, and by the end of 2021."""
    lines = [["split", *map(str, YEARS), "2021-2025", "November 2020 to the end of 2021"]]
    lines.append(["---", *["---:"] * 7])
    for method, people in splits().items():
        by_year = [reaching_60(people, year) for year in YEARS]
        until_2021 = TO_YEAR_END * float(people.sel(age=59)) + by_year[0]
        cells = [*by_year, sum(by_year), until_2021]
        lines.append([METHODS[method][0], *(f"{x / 1000:.1f}" for x in cells)])
    return "\n".join(f"| {' | '.join(row)} |" for row in lines)


def depths() -> str:
    """The table of the depth of the famine's trough by place and census."""
    lines = [["place", "census of 2010", "census of 2020"], ["---", "---:", "---:"]]
    for name in (*CITIES, "zhejiang", "jiangsu", "shaanxi"):
        place = yl.load_place(name)
        found = [place.base_of(year).attrs["famine_depth"] for year in (2010, 2020)]
        lines.append([place.name_en, *(f"{round(x, 1) + 0:.1f}" for x in found)])
    return "\n".join(f"| {' | '.join(row)} |" for row in lines)


def draw_splits(lang: str) -> Figure:
    """Ages 50 to 70 by each method."""
    from matplotlib import pyplot as plt

    zh = lang == "zh"
    family = lettering(lang).family
    figure, ax = plt.subplots(figsize=(8, 4.8), layout="constrained")
    scale = 1e4 if zh else 1e3
    for method, people in splits().items():
        english, chinese, colour = METHODS[method]
        shown = people.sel(age=slice(50, 69)) / scale
        ax.stairs(
            shown,
            range(50, 71),
            baseline=None,
            color=colour,
            linewidth=2.6 if method == "cohorts" else 1.5,
            label=chinese if zh else english,
        )
    ax.axvspan(55, 60, color="#f2c14e", alpha=0.25, linewidth=0, zorder=0)
    ax.hlines(185_000 / scale, 59, 62, color="#555555")
    born = "1958年11月—1961年10月出生" if zh else "born November 1958 to October 1961"
    ax.text(60.2, 189_000 / scale, born, fontfamily=family, fontsize=9, color="#555555")
    ax.set_xticks(range(50, 71, 5))
    ax.set_xlim(50, 70)
    ax.set_ylim(0)
    texts = (
        ("2020年11月1日的年龄（岁）", "常住人口（万人）", "杭州：各种拆分方法（阴影：55—59岁组）")
        if zh
        else (
            "age on 1 November 2020",
            "residents (thousands)",
            "Hangzhou: the groups by each split (shaded: the group 55-59)",
        )
    )
    ax.set_xlabel(texts[0], fontfamily=family)
    ax.set_ylabel(texts[1], fontfamily=family)
    ax.set_title(texts[2], fontfamily=family)
    ax.spines[["top", "right"]].set_visible(False)
    ax.legend(prop={"family": family, "size": 9}, frameon=False, loc="lower left")
    return figure


def draw_pyramids(lang: str) -> Figure:
    """The four cities at the end of 2010 and of 2020, with the famine and the boom after it."""
    from matplotlib import pyplot as plt

    words = (
        ("1959—1961年出生\n（困难时期）", "1963—1973年出生\n（婴儿潮）")
        if lang == "zh"
        else ("born 1959-61\n(famine)", "born 1963-73\n(baby boom)")
    )
    figure, axes = plt.subplots(4, 2, figsize=(13, 22), layout="constrained")
    for city, row in zip(CITIES, axes, strict=True):
        place = yl.load_place(city)
        for year, ax in zip((2010, 2020), row, strict=True):
            bands = [
                (year - last, year - first, label)
                for (first, last), label in zip(((1959, 1961), (1963, 1973)), words, strict=True)
            ]
            title = (
                f"{place.name_zh}{year}年末" if lang == "zh" else f"{place.name_en}, end of {year}"
            )
            yl.plot_pyramid(place.base_of(year), ax=ax, lang=lang, title=title, highlight=bands)
        widest = max(ax.get_xlim()[1] for ax in row)
        for ax in row:
            ax.set_xlim(-widest, widest)
    return figure


def main() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for name, table in (("table", build()), ("depth", depths())):
        start, end = f"<!-- {name} -->\n", "\n<!-- end -->"
        before, after = page.split(start)
        page = before + start + table + end + after.split(end, 1)[1]
    PAGE.write_text(page, encoding="utf-8")
    for lang in ("zh", "en"):
        draw_splits(lang).savefig(IMAGES / f"splits_{lang}.png", dpi=110)
        draw_pyramids(lang).savefig(IMAGES / f"pyramids_{lang}.png", dpi=75)


if __name__ == "__main__":
    main()
