"""Draw the pictures of the README again: python docs/make_images.py (needs a Chinese font)."""

from pathlib import Path

import matplotlib

matplotlib.use("Agg")

import yilao as yl

HERE = Path(__file__).parent / "images"


def main() -> None:
    hz = yl.load_place("hangzhou")
    proj = yl.project(hz.base, hz.rates("plan"), until=2025)
    answer = yl.childcare_gap(hz)
    for lang in ("zh", "en"):
        trough = "2020年末：1958—1962年出生" if lang == "zh" else "2020: born 1958-62"
        axes = yl.plot_pyramid(
            hz.base,
            lang=lang,
            highlight=[(58, 62, trough)],
            compare=proj.population.sel(year=2025),
        )
        axes.figure.savefig(HERE / f"pyramid_{lang}.png", dpi=110)
        names = (
            {"stated": "方案所述存量（2022年10月）", "implied": "由公布缺口反推的存量"}
            if lang == "zh"
            else {
                "stated": "stock the plan states (October 2022)",
                "implied": "implied by the published gap",
            }
        )
        gap = answer.gap.assign_coords(stock=[names[s] for s in answer.gap["stock"].values])
        yl.plot_gap(gap, lang=lang).figure.savefig(HERE / f"gap_{lang}.png", dpi=110)


if __name__ == "__main__":
    main()
