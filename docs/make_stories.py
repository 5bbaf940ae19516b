"""Draw the pictures of the two stories again: python docs/make_stories.py (needs a Chinese font)."""

from pathlib import Path

import matplotlib

matplotlib.use("Agg")

import xarray as xr

import yilao as yl
from yilao import demand, gap

HERE = Path(__file__).parent / "images"
ANKANG = {
    "en": {
        "names": {
            "people": "more older people",
            "norm": "beds per 1,000: 48.3 to 60",
            "share": "nursing share: 11 % to 60 %",
        },
        "ends": ("counted in 2020", "asked for in 2025"),
        "mark": "implied by 30,000 beds:",
        "title": "Ankang: nursing beds that the plan's own rates ask for",
    },
    "zh": {
        "names": {
            "people": "老年人增加",
            "norm": "每千名老年人床位48.3→60",
            "share": "护理型占比11%→60%",
        },
        "ends": ("2020年已有", "2025年应有"),
        "mark": "3万张床位目标对应",
        "title": "安康市：按方案自身指标计算的护理型床位",
    },
}
PLACES = {
    "en": {
        "names": ["places per child", "residents = places by the norm", "children under three"],
        "axis": "2020 = 100",
        "title": "Hangzhou at 4.6 places per 1,000 residents (variant trend)",
    },
    "zh": {
        "names": ["每名婴幼儿托位数", "常住人口（即按标准应有托位）", "3岁以下婴幼儿"],
        "axis": "2020年=100",
        "title": "杭州市：每千常住人口4.6个托位不变时（趋势情景）",
    },
}


def nursing_beds() -> xr.DataArray:
    """The plan's own arithmetic of 2020 and 2025, split."""
    plan = yl.load_plan("ankang")
    counted, beds = plan["population_60plus"].value(2020), plan["care_beds"].value(2020)
    nursing = plan["nursing_beds"].value(2020)
    share = plan["share_60plus"].value(2025, role="projection") / 100
    return gap.shapley(
        {"people": counted, "norm": beds / counted, "share": nursing / beds},
        {
            "people": share * plan["population_resident"].value(2020),
            "norm": plan["care_beds_per_1000_older"].target(2025) / 1000,
            "share": plan["nursing_bed_share"].target(2025) / 100,
        },
    )


def paths() -> xr.DataArray:
    """Residents, children and places per child of Hangzhou."""
    place = yl.load_place("hangzhou")
    people = yl.project(place.base, place.rates("trend", until=2035)).population
    children, residents = yl.sum_ages(people, 0, 3), yl.sum_ages(people, 0)
    each = demand.places_per_child(4.6, under_3_share=children / residents)
    names = ["places per child", "residents", "children"]
    return xr.concat(
        [each.drop_attrs(), residents.drop_attrs(), children.drop_attrs()], dim="series"
    ).assign_coords(series=names)


def main() -> None:
    plan = yl.load_plan("ankang")
    promised = plan["care_beds"].target(2025) * plan["nursing_bed_share"].target(2025) / 100
    for lang in ("zh", "en"):
        words = ANKANG[lang]
        axes = yl.plot_parts(
            nursing_beds(),
            names=words["names"],
            ends=words["ends"],
            marks={words["mark"]: promised},
            unit="beds",
            lang=lang,
            title=words["title"],
        )
        axes.figure.savefig(HERE / f"ankang_beds_{lang}.png", dpi=110)
        words = PLACES[lang]
        axes = yl.plot_paths(
            paths(),
            names=words["names"],
            index_year=2020,
            axis=words["axis"],
            lang=lang,
            title=words["title"],
        )
        axes.figure.savefig(HERE / f"places_enrolment_{lang}.png", dpi=110)


if __name__ == "__main__":
    main()
