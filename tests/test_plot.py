"""The pictures: drawn numbers equal the data, both languages, no boxes, errors by message."""

import warnings
from itertools import pairwise

import matplotlib as mpl
import numpy as np
import pytest
import xarray as xr

mpl.use("Agg")

from matplotlib import font_manager
from matplotlib import pyplot as plt
from matplotlib.text import Text

from yilao.plot import fonts, number_text, plot_gap, plot_pyramid
from yilao.schema import BasisError, SchemaError, UnknownNameError

HAS_CHINESE = fonts.find_chinese_family() is not None
PLACES = {"units": "places"}


@pytest.fixture(autouse=True)
def _fresh(monkeypatch):
    """Say the warning anew in each test, close every figure, leave the global settings alone."""
    monkeypatch.setattr(fonts, "_said", set())
    before = dict(mpl.rcParams)
    yield
    plt.close("all")
    assert dict(mpl.rcParams) == before


@pytest.fixture
def no_font(monkeypatch):
    monkeypatch.setattr(fonts, "find_chinese_family", lambda: None)


@pytest.fixture
def people():
    values = np.random.default_rng(1).uniform(100.0, 90_000.0, (2, 101)).round()
    return xr.DataArray(
        values,
        coords={"sex": ["female", "male"], "age": np.arange(101), "year": 2020},
        dims=("sex", "age"),
        attrs={
            "units": "persons",
            "basis": "resident",
            "place_zh": "杭州市",
            "place_en": "Hangzhou",
        },
    )


def make_gap(need, supply, dims=(), coords=None, **attrs):
    need, supply = np.asarray(need, float), np.asarray(supply, float)
    return xr.Dataset(
        {
            "need": (dims if need.ndim else (), need, PLACES),
            "supply": (dims, supply, PLACES),
            "shortfall": (dims, need - supply, PLACES),
        },
        coords=coords,
        attrs={
            "label_zh": "托位",
            "label_en": "childcare places",
            "place_zh": "杭州市",
            "place_en": "Hangzhou",
            **attrs,
        },
    )


def stocks(supply, labels, need=60_000.0, **attrs):
    return make_gap(need, supply, ("stock",), {"stock": labels, "year": 2025}, **attrs)


def over_years(need, supply):
    return make_gap(need, supply, ("year",), {"year": np.arange(2021, 2021 + len(need))})


def texts(ax):
    """Every text on the axes after drawing it; a missing glyph would be an error here."""
    ax.figure.canvas.draw()
    legend = ax.get_legend()
    found = [
        ax.title,
        ax.xaxis.label,
        ax.yaxis.label,
        *ax.texts,
        *ax.get_xticklabels(),
        *ax.get_yticklabels(),
        *(legend.get_texts() if legend else ()),
    ]
    return [text.get_text() for text in found]


def is_english(words):
    return all(ord(character) < 0x2E80 for word in words for character in word)


def bars(ax, label):
    return [bar for box in ax.containers if box.get_label() == label for bar in box]


@pytest.fixture(params=["zh", "en"])
def lang(request):
    if request.param == "zh" and not HAS_CHINESE:
        pytest.skip("no Chinese font is installed")
    return request.param


# --- pyramid


def test_pyramid_bars_are_the_data(people, lang):
    before = people.copy(deep=True)
    ax = plot_pyramid(people, lang=lang)
    men, women = ax.containers
    assert [bar.get_width() for bar in women] == people.sel(sex="female").values.tolist()
    assert [-bar.get_width() for bar in men] == people.sel(sex="male").values.tolist()
    assert [bar.get_y() + bar.get_height() / 2 for bar in men] == pytest.approx(range(101))
    xr.testing.assert_identical(people, before)


def test_pyramid_words(people, lang):
    people.loc[{"sex": "male"}] = 20_000.0
    words = texts(plot_pyramid(people, lang=lang))
    expected = {
        "zh": {"杭州市2020年末常住人口金字塔", "人口（万人）", "年龄（岁）", "男 202.0万人"},
        "en": {
            "Hangzhou: resident population by age and sex, end of 2020",
            "Population (thousands)",
            "Age",
            "Men 2,020,000",
        },
    }
    assert expected[lang] <= set(words)
    assert {"0", "10", "90", "100+"} <= set(words)
    assert ("万" in "".join(words)) == (lang == "zh")
    assert is_english(words) == (lang == "en")


def test_pyramid_axis_is_in_wan_or_thousands(people):
    people[:] = 50_000.0
    labels = texts(plot_pyramid(people, lang="en"))
    assert "40" in labels
    if HAS_CHINESE:
        labels = texts(plot_pyramid(people, lang="zh"))
        assert "4" in labels
        assert "40,000" not in labels
    assert "-40" not in labels  # men are left of zero, and not a negative number


def test_pyramid_registered_and_nameless_place(people):
    people.attrs = {"units": "persons", "basis": "registered"}
    title = plot_pyramid(people, lang="en").get_title()
    assert title == "Registered population by age and sex, end of 2020"
    if HAS_CHINESE:
        assert plot_pyramid(people).get_title() == "2020年末户籍人口金字塔"


def test_pyramid_takes_any_order_of_dims_and_an_older_open_age(people):
    ax = plot_pyramid(people.transpose("age", "sex").isel(age=slice(0, 86)), lang="en")
    assert [bar.get_width() for bar in ax.containers[1]] == people.values[0, :86].tolist()
    words = texts(ax)
    assert "85+" in words
    assert "80" in words
    assert "100+" not in words


def test_pyramid_of_nobody(people):
    assert texts(plot_pyramid(people.copy(data=people * 0), lang="en"))


def test_pyramid_own_axes_and_title(people):
    _, mine = plt.subplots()
    ax = plot_pyramid(people, ax=mine, lang="en", title="My title")
    assert ax is mine
    assert ax.get_title() == "My title"
    assert plot_pyramid(people, lang="en", title="").get_title() == ""


def test_pyramid_highlight_includes_both_ages(people, lang):
    label = {"zh": "1959—1961年出生", "en": "born 1959–61"}[lang]
    ax = plot_pyramid(people, lang=lang, highlight=[(59, 61, label), (0, 2, "")])
    bands = ax.patches[-2:]  # a Polygon before matplotlib 3.9, a Rectangle since
    boxes = [p.get_patch_transform().transform_path(p.get_path()).get_extents() for p in bands]
    assert [(box.y0, box.y1) for box in boxes] == [(58.5, 61.5), (-0.5, 2.5)]
    assert label in texts(ax)


def test_pyramid_highlight_labels_do_not_overlap(people):
    bands = [(age, age, f"age {age}") for age in (58, 59, 60)]
    ax = plot_pyramid(people, lang="en", highlight=bands)
    ax.figure.canvas.draw()
    # Text's own box: that of an annotation takes in its leader line.
    boxes = [Text.get_window_extent(t) for t in ax.texts if t.get_text().startswith("age ")]
    boxes.sort(key=lambda box: box.y0)
    assert len(boxes) == 3
    assert all(a.y1 <= b.y0 for a, b in pairwise(boxes))


def test_pyramid_compare_is_an_outline_of_the_data(people, lang):
    later = (people * 2).assign_coords(year=2035).assign_attrs(people.attrs)
    ax = plot_pyramid(people, lang=lang, compare=later)
    men, women = (p for p in ax.patches if hasattr(p, "get_data"))
    assert women.get_data().values.tolist() == later.sel(sex="female").values.tolist()
    assert (-men.get_data().values).tolist() == later.sel(sex="male").values.tolist()
    assert ax.get_xlim()[1] > later.max()
    words = texts(ax)
    ends = {"zh": {"2020年末", "2035年末"}, "en": {"end of 2020", "end of 2035"}}
    assert ends[lang] <= set(words)


def test_pyramid_compare_names_what_differs(people):
    other = people.assign_attrs(place_en="Ankang")
    words = texts(plot_pyramid(people, lang="en", compare=other))
    assert {"Hangzhou, end of 2020", "Ankang, end of 2020"} <= set(words)
    low = people.assign_coords(scenario="low")
    words = texts(plot_pyramid(people, lang="en", compare=low))
    assert {"end of 2020", "end of 2020 (low)"} <= set(words)
    words = texts(plot_pyramid(people, lang="en", compare=people))
    assert {"end of 2020", "end of 2020 (compared)"} <= set(words)


def test_pyramid_errors(people):
    years = people.drop_vars("year").expand_dims(year=[2020, 2035])
    with pytest.raises(SchemaError, match=r"'year' dimension of 2.*population\.sel\(year=2035\)"):
        plot_pyramid(years)
    with pytest.raises(SchemaError, match=r"compare: .*compare\.sel\(year=2035\)"):
        plot_pyramid(people, compare=years)
    with pytest.raises(SchemaError, match=r"dimension 'draw'.*\.sel\(draw=\.\.\.\)"):
        plot_pyramid(people.expand_dims(draw=[0, 1]))
    with pytest.raises(SchemaError, match=r"does not say its year.*assign_coords"):
        plot_pyramid(people.drop_vars("year"))
    with pytest.raises(SchemaError, match="needed is 'persons'"):
        plot_pyramid(people.assign_attrs(units="heads"))
    with pytest.raises(BasisError, match="population: the basis is None"):
        plot_pyramid(people.assign_attrs(basis=None))
    with pytest.raises(BasisError, match="population is resident and compare is registered"):
        plot_pyramid(people, compare=people.assign_attrs(basis="registered"))
    with pytest.raises(SchemaError, match="population has 101 labels and compare has 91"):
        plot_pyramid(people, compare=people.isel(age=slice(0, 91)))
    with pytest.raises(SchemaError, match="compare: sex is"):
        plot_pyramid(people, compare=people.isel(sex=[1, 0]))
    for band in ((61, 59, "x"), (-1, 2, "x"), (95, 101, "x")):
        with pytest.raises(SchemaError, match="highlight: 'x' is given as ages"):
            plot_pyramid(people, highlight=[band])
    with pytest.raises(UnknownNameError, match="lang: 'fr' is not known"):
        plot_pyramid(people, lang="fr")
    assert not plt.get_fignums()  # nothing half drawn is left behind


# --- gap, as bars


def test_gap_bars_are_the_data(lang):
    gap = stocks([44_000.0, 67_000.0, 0.0], ["a", "b", "c"])
    before = gap.copy(deep=True)
    ax = plot_gap(gap, lang=lang)
    assert [b.get_width() for b in bars(ax, "need")] == [60_000.0] * 3
    assert [b.get_width() for b in bars(ax, "supply")] == [44_000.0, 67_000.0, 0.0]
    pieces = bars(ax, "shortfall")
    assert [(b.get_x(), b.get_width()) for b in pieces] == [
        (44_000.0, 16_000.0),
        (60_000.0, 7_000.0),  # spare: from need to supply, not clipped
        (0.0, 60_000.0),
    ]
    assert all(b.get_hatch() for b in pieces)
    xr.testing.assert_identical(gap, before)


def test_gap_words(lang):
    words = texts(plot_gap(stocks([44_000.0, 67_000.0, 60_000.0], ["a", "b", "c"]), lang=lang))
    expected = {
        "zh": {
            "杭州市2025年托位需求与供给",
            "托位（万个）",
            "需求 6.0万",
            "供给 4.4万",
            "缺口 1.6万",
            "富余 7000",
            "供需平衡",
        },
        "en": {
            "Hangzhou: childcare places, need and supply, 2025",
            "Childcare places",
            "Need 60,000",
            "Supply 44,000",
            "short 16,000",
            "spare 7,000",
            "balanced",
        },
    }
    assert expected[lang] | {"a", "b", "c"} <= set(words)


def test_gap_unknown_supply_is_not_zero(lang):
    ax = plot_gap(stocks([44_000.0, np.nan], ["a", "b"]), lang=lang)
    assert len(bars(ax, "supply")) == 1
    assert len(bars(ax, "shortfall")) == 1
    words = texts(ax)
    unknown = {"zh": {"供给 未知", "缺口未知"}, "en": {"Supply unknown", "shortfall unknown"}}
    assert unknown[lang] <= set(words)
    assert "供给 0" not in words
    assert "Supply 0" not in words


def test_gap_all_unknown():
    ax = plot_gap(make_gap(np.nan, np.nan), lang="en")
    assert not ax.containers
    assert {"Need unknown", "Supply unknown", "shortfall unknown"} <= set(texts(ax))


def test_gap_scalar_and_without_names():
    ax = plot_gap(
        make_gap(900.0, 400.0).assign_attrs(label_en="", place_en="", label_zh=""), lang="en"
    )
    assert len(bars(ax, "need")) == 1
    assert "short 500" in texts(ax)
    bare = make_gap(900.0, 400.0)
    bare.attrs = {}
    assert plot_gap(bare, lang="en").get_title() == "Need and supply"
    if HAS_CHINESE:
        ax = plot_gap(bare)
        assert ax.get_title() == "需求与供给"
        assert ax.get_xlabel() == "（个）"


def test_gap_takes_a_dataarray_with_coordinates(people):
    table = make_gap(60_000.0, [44_000.0, 67_000.0], ("stock",), {"stock": ["a", "b"]})
    array = table["shortfall"].assign_coords(need=table["need"], supply=table["supply"])
    array.attrs.update(table.attrs)
    ax = plot_gap(array, lang="en")
    assert [b.get_width() for b in bars(ax, "supply")] == [44_000.0, 67_000.0]
    assert ax.get_title() == "Hangzhou: childcare places, need and supply"


def test_gap_one_year_is_a_bar_and_a_scalar_stock_is_named():
    ax = plot_gap(over_years([10.0], [4.0]), lang="en")
    assert len(bars(ax, "need")) == 1
    assert "2021" in texts(ax)
    one = stocks([44_000.0, 0.0], ["as stated", "none"]).isel(stock=0)
    assert "as stated" in texts(plot_gap(one, lang="en"))


def test_gap_long_names_are_broken_into_lines_above_the_bars():
    long = "stock as stated by the plan, " * 6
    ax = plot_gap(stocks([44_000.0, 1.0], [long, "b"]), lang="en")
    ax.figure.canvas.draw()
    name = next(t for t in ax.texts if t.get_text().startswith("stock as"))
    assert name.get_text().count("\n") == 2
    box = name.get_window_extent()
    assert box.x1 <= ax.figure.bbox.x1
    for bar in bars(ax, "need") + bars(ax, "supply"):
        assert not box.overlaps(bar.get_window_extent())


# --- gap, as lines


def test_gap_lines_are_the_data(lang):
    gap = over_years([50.0, 40.0, 30.0], [20.0, 35.0, np.nan]) * 1000
    for name in gap.data_vars:
        gap[name].attrs = PLACES
    ax = plot_gap(gap.assign_attrs(label_en="beds", label_zh="床位"), lang=lang)
    drawn = {line.get_label(): line for line in ax.lines}
    for name in ("need", "supply"):
        np.testing.assert_array_equal(drawn[name].get_xdata(), [2021, 2022, 2023])
        np.testing.assert_array_equal(drawn[name].get_ydata(), gap[name].values)
    words = texts(ax)
    expected = {
        "zh": {"供给未知", "供给 3.5万（2022年）", "缺口 5000（2022年）", "需求 3.0万"},
        "en": {"supply unknown", "Supply 35,000 (2022)", "short 5,000 (2022)", "Need 30,000"},
    }
    assert expected[lang] <= set(words)
    assert ax.get_ylim()[0] == 0
    assert not ax.containers


def test_gap_lines_spare_and_order():
    gap = over_years([50.0, 40.0, 30.0], [45.0, 42.0, 44.0])
    ax = plot_gap(gap.isel(year=[2, 0, 1]), lang="en")
    np.testing.assert_array_equal(ax.lines[0].get_ydata(), [50.0, 40.0, 30.0])
    words = texts(ax)
    assert "spare 14" in words
    assert "supply unknown" not in words


def test_gap_lines_labels_at_the_end_do_not_overlap():
    ax = plot_gap(over_years([50.0, 40.0], [49.0, 40.5]), lang="en")
    ax.figure.canvas.draw()
    boxes = sorted((t.get_window_extent() for t in ax.texts), key=lambda box: box.y0)
    assert len(boxes) == 3
    assert all(a.y1 <= b.y0 for a, b in pairwise(boxes))


def test_gap_errors():
    gap = stocks([44_000.0, 67_000.0], ["a", "b"])
    with pytest.raises(SchemaError, match=r"variable 'supply' is missing.*yilao\.shortfall"):
        plot_gap(gap.drop_vars("supply"))
    with pytest.raises(SchemaError, match="variable 'need' is missing"):
        plot_gap(gap["shortfall"])
    with pytest.raises(SchemaError, match=r"dimension 'draw'.*\.sel\(draw=\.\.\.\)"):
        plot_gap(gap.expand_dims(draw=[0, 1]))
    with pytest.raises(SchemaError, match="both 'year' and 'stock'"):
        plot_gap(gap.drop_vars("year").expand_dims(year=[2025, 2026]))
    with pytest.raises(SchemaError, match="nothing in it"):
        plot_gap(gap.isel(stock=[]))
    with pytest.raises(SchemaError, match="year labels must be whole numbers"):
        plot_gap(gap.drop_vars("year").rename(stock="year"))
    with pytest.raises(SchemaError, match="repeated labels"):
        plot_gap(gap.assign_coords(stock=["a", "a"]))
    wrong = gap.copy()
    wrong["shortfall"] = wrong["shortfall"].clip(min=0.0).assign_attrs(PLACES)
    with pytest.raises(SchemaError, match="'shortfall' is not need minus supply"):
        plot_gap(wrong)
    wrong = gap.copy()
    wrong["supply"] = (-wrong["supply"]).assign_attrs(PLACES)
    with pytest.raises(SchemaError, match="gap supply: values must be finite"):
        plot_gap(wrong)
    for units, message in (
        (None, "gap supply: no unit"),
        ("万个", "Multiply by 10,000"),
        ("beds", "the unit is 'beds', needed is 'places'"),
    ):
        wrong = gap.copy(deep=True)
        wrong["supply"].attrs = {"units": units} if units else {}
        with pytest.raises(SchemaError, match=message):
            plot_gap(wrong)
    wrong = gap.copy(deep=True)
    wrong["need"].attrs = {"units": "apples"}
    with pytest.raises(SchemaError, match="gap need: the unit is 'apples'"):
        plot_gap(wrong)
    with pytest.raises(UnknownNameError, match="lang: 'fr' is not known"):
        plot_gap(gap, lang="fr")
    assert not plt.get_fignums()


# --- no Chinese font


@pytest.mark.usefixtures("no_font")
def test_without_a_font_the_pictures_are_in_english(people):
    with pytest.warns(UserWarning, match="fonts-noto-cjk") as record:
        ax = plot_pyramid(people, title="杭州", highlight=[(59, 61, "困难时期")], compare=people)
    assert record[0].filename == __file__
    words = texts(ax)  # the warning comes once: a second one would be an error from here on
    assert is_english(words)
    assert "Hangzhou: resident population by age and sex, end of 2020" in words
    assert "ages 59–61" in words
    words = texts(plot_gap(stocks([1.0, np.nan], ["所述存量", "plain"])))
    assert is_english(words)
    assert {"stock 1", "plain", "Supply unknown"} <= set(words)
    words = texts(plot_gap(over_years([5.0, 4.0], [1.0, np.nan])))
    assert is_english(words)


@pytest.mark.usefixtures("no_font")
def test_without_a_font_chinese_words_in_an_english_picture_are_left_out(people):
    del people.attrs["place_en"]
    with pytest.warns(UserWarning, match="No installed font has Chinese"):
        words = texts(plot_pyramid(people, lang="en"))
    assert is_english(words)
    assert "Resident population by age and sex, end of 2020" in words


@pytest.mark.usefixtures("no_font")
def test_an_english_picture_needs_no_chinese_font(people):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert is_english(texts(plot_pyramid(people, lang="en")))
        assert is_english(texts(plot_gap(make_gap(2.0, 1.0), lang="en")))


@pytest.mark.skipif(not HAS_CHINESE, reason="no Chinese font is installed")
def test_with_a_font_chinese_words_in_an_english_picture_are_drawn(people):
    del people.attrs["place_en"]
    words = texts(plot_pyramid(people, lang="en", highlight=[(59, 61, "困难时期")]))
    assert {"杭州市: resident population by age and sex, end of 2020", "困难时期"} <= set(words)


def test_a_font_without_chinese_is_not_taken(monkeypatch):
    monkeypatch.setattr(fonts, "FAMILIES", ("DejaVu Sans", "No Such Font"))
    monkeypatch.setattr(font_manager, "findSystemFonts", lambda: [])
    assert fonts.find_chinese_family() is None


@pytest.mark.skipif(not HAS_CHINESE, reason="no Chinese font is installed")
def test_a_font_installed_after_the_cache_is_found(monkeypatch):
    manager = font_manager.FontManager.__new__(font_manager.FontManager)
    manager.__dict__.update(font_manager.fontManager.__dict__)
    manager.ttflist = [f for f in manager.ttflist if f.name not in fonts.FAMILIES]
    monkeypatch.setattr(font_manager, "fontManager", manager)
    monkeypatch.setattr(font_manager, "findfont", manager.findfont)
    assert fonts.find_chinese_family() in fonts.FAMILIES


def test_a_broken_font_file_is_passed_over(monkeypatch, tmp_path):
    (tmp_path / "NotoSansCJK-Broken.otf").write_bytes(b"not a font")
    monkeypatch.setattr(fonts, "FAMILIES", ())
    monkeypatch.setattr(
        font_manager, "findSystemFonts", lambda: [str(tmp_path / "NotoSansCJK-Broken.otf")]
    )
    assert fonts.find_chinese_family() is None


# --- numbers and labels


@pytest.mark.parametrize(
    ("value", "unit", "zh", "en"),
    [
        (44_000, "places", "4.4万个", "44,000 places"),
        (16_380, "", "1.64万", "16,380"),
        (-16_000, "", "−1.6万", "−16,000"),
        (9_999.4, "beds", "9999张", "9,999 beds"),
        (9_999.6, "beds", "1.0万张", "10,000 beds"),
        (0, "places", "0个", "0 places"),
        (-0.2, "", "0", "0"),
        (11_936_010, "persons", "1193.6万人", "11,936,010 persons"),
        (1_411_780_000, "persons", "14.12亿人", "1,411,780,000 persons"),
        (99_999_900, "", "1.0亿", "99,999,900"),
        (12_000, "m2", "1.2万平方米", "12,000 m²"),
        (3, "辆", "3辆", "3 辆"),
        (float("nan"), "places", "未知", "unknown"),
    ],
)
def test_number_text(value, unit, zh, en):
    assert number_text(value, unit, "zh") == zh
    assert number_text(value, unit, "en") == en


def test_number_text_error():
    with pytest.raises(UnknownNameError, match="lang: 'de' is not known"):
        number_text(1, "", "de")


def test_the_minus_sign_is_drawn(lang):
    family = fonts.lettering(lang).family
    figure = plt.figure()
    figure.text(0.5, 0.5, number_text(-16_000, "places", lang), fontfamily=family)
    figure.canvas.draw()  # a missing glyph warns, and a warning is an error


def test_spread():
    assert fonts.spread([], 1.0) == []
    assert fonts.spread([5.0, 1.0], 2.0) == [5.0, 1.0]
    assert fonts.spread([1.0, 1.0, 9.0], 2.0) == [0.0, 2.0, 9.0]
    assert fonts.spread([3.0, 0.0, 1.0], 2.0) == pytest.approx([10 / 3, -2 / 3, 4 / 3])
