"""Text in pictures: a font that has Chinese, numbers in words, labels kept apart.

No global setting of matplotlib is changed: every text is given its font family by name.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from yilao.schema import UnknownNameError

LANGUAGES: tuple[str, ...] = ("zh", "en")

# The most readable first.  matplotlib before 3.11 knows a .ttc file by its first face only, which
# for Noto CJK is JP: all its regional faces hold the simplified characters.
FAMILIES: tuple[str, ...] = (
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "Source Han Sans CN",
    "Microsoft YaHei",
    "PingFang SC",
    "Hiragino Sans GB",
    "HarmonyOS Sans SC",
    "MiSans",
    "Noto Sans CJK JP",
    "Noto Sans CJK TC",
    "Noto Sans CJK HK",
    "Noto Sans CJK KR",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "Heiti SC",
    "STHeiti",
    "DengXian",
    "SimHei",
    "Arial Unicode MS",
    "Droid Sans Fallback",
    "Sarasa Gothic SC",
    "LXGW WenKai",
    "Noto Serif CJK SC",
    "Noto Serif CJK JP",
    "Source Han Serif SC",
    "Songti SC",
    "SimSun",
    "KaiTi",
    "FangSong",
    "AR PL UMing CN",
    "AR PL UKai CN",
)
# Parts of the file names of those fonts, so that only they are opened when the disk is searched.
FILE_HINTS: tuple[str, ...] = (
    "cjk",
    "notosanssc",
    "sourcehan",
    "msyh",
    "pingfang",
    "hiragino",
    "harmonyos",
    "misans",
    "wqy",
    "heiti",
    "deng",
    "simhei",
    "unicode",
    "fallback",
    "sarasa",
    "lxgw",
    "songti",
    "simsun",
    "simkai",
    "simfang",
    "uming",
    "ukai",
)
# A Japanese-only font has 万 and 年 but lacks some of these.
NEEDED = "龄万岁给余缺户籍"

UNITS_ZH = {"": "", "persons": "人", "places": "个", "beds": "张", "carers": "人", "m2": "平方米"}
UNITS_EN = {"m2": "m²"}

# The words "there is no font" are said once a session, not once a picture.
_said: set[str] = set()


@dataclass(frozen=True)
class Lettering:
    """How the texts of one picture are written.

    Attributes
    ----------
    lang : language in fact used: English when Chinese was wanted and no font has it.
    family : font families, tried in order for every character.
    has_chinese : whether one of them has Chinese characters.
    """

    lang: str
    family: list[str]
    has_chinese: bool

    def drawable(self, text: object, instead: str = "") -> str:
        """Return ``text``, or ``instead`` when it has Chinese and no font can draw it."""
        written = "" if text is None else str(text)
        return written if self.has_chinese or not _is_chinese(written) else instead

    def named(self, attrs: Mapping[Any, Any], name: str) -> str:
        """Return ``attrs[name_zh]`` or ``attrs[name_en]`` by language, the other for want of it."""
        other = "en" if self.lang == "zh" else "zh"
        return self.drawable(attrs.get(f"{name}_{self.lang}") or attrs.get(f"{name}_{other}"))


def lettering(lang: str, texts: Sequence[object] = ()) -> Lettering:
    """Choose the fonts for ``lang``; ``texts`` are the user's own words to be drawn.

    Raises
    ------
    UnknownNameError
        If ``lang`` is neither ``"zh"`` nor ``"en"``.
    """
    if lang not in LANGUAGES:
        raise UnknownNameError(f"lang: {lang!r} is not known. Use 'zh' or 'en'.")
    from matplotlib import rcParams

    # DejaVu comes with matplotlib and has the minus sign that SimHei lacks.
    plain = [*rcParams["font.family"], "DejaVu Sans"]
    if lang == "en" and not any(_is_chinese(str(t)) for t in texts if t is not None):
        return Lettering(lang, plain, False)
    chinese = find_chinese_family()
    if chinese is None:
        if "no font" not in _said:
            _said.add("no font")
            warnings.warn(
                "No installed font has Chinese characters, so the picture is drawn in English. "
                "Install one and plot again: on Debian or Ubuntu `apt install fonts-noto-cjk`, on "
                "Fedora `dnf install google-noto-sans-cjk-fonts`.",
                UserWarning,
                stacklevel=3,
            )
        return Lettering("en", plain, False)
    family = [chinese, *plain] if lang == "zh" else [*plain, chinese]
    return Lettering(lang, family, True)


def find_chinese_family() -> str | None:
    """Return the name of an installed font family that has simplified Chinese, or None.

    Families named in ``rcParams`` come first: who set one, wants it.
    Fonts installed since matplotlib wrote its cache are found on the disk and made known to it.
    """
    from matplotlib import font_manager, rcParams

    chosen = (*rcParams["font.family"], *rcParams["font.sans-serif"])
    if (found := next(_known((*chosen, *FAMILIES)), None)) is not None:
        return found
    for path in font_manager.findSystemFonts():
        file = Path(path).name.lower().replace("-", "").replace("_", "").replace(" ", "")
        if any(hint in file for hint in FILE_HINTS):
            try:
                font_manager.fontManager.addfont(path)
            except (OSError, RuntimeError):  # a broken or unsupported file is not our subject
                continue
    return next(_known(FAMILIES), None)


def _known(names: Sequence[str]) -> Iterator[str]:
    """Yield those families that matplotlib knows and whose file has the needed characters."""
    from matplotlib import font_manager

    installed = {entry.name for entry in font_manager.fontManager.ttflist}
    for name in names:
        if name not in installed:
            continue
        properties = font_manager.FontProperties(family=[name])
        try:
            file = font_manager.findfont(properties, fallback_to_default=False)
            font = font_manager.get_font(file)
        except (ValueError, OSError, RuntimeError):  # in the cache, no longer on the disk
            continue
        if all(font.get_char_index(ord(character)) for character in NEEDED):
            yield name


def _is_chinese(text: str) -> bool:
    """Tell whether a text has characters of the Chinese blocks or full-width signs."""
    return any(ord(character) >= 0x2E80 for character in text)


def number_text(value: float, unit: str, lang: str) -> str:
    """Write a number as a planner would: in 万 in Chinese, with thousands separators in English.

    Parameters
    ----------
    value : number of whole things; NaN is unknown.
    unit : ``"persons"``, ``"places"``, ``"beds"``, ``"carers"``, ``"m2"``; ``""`` for no unit.
    lang : ``"zh"`` or ``"en"``.

    Returns
    -------
    str
        Rounded: in Chinese to 0.01万 below 100万 and to 0.1万 above, 亿 from 10,000万 on; in
        English to 1. A unit not listed is written as it is.

    Raises
    ------
    UnknownNameError
        If ``lang`` is neither ``"zh"`` nor ``"en"``.

    Examples
    --------
    >>> number_text(44_000, "places", "zh"), number_text(44_000, "places", "en")
    ('4.4万个', '44,000 places')
    """
    if lang not in LANGUAGES:
        raise UnknownNameError(f"lang: {lang!r} is not known. Use 'zh' or 'en'.")
    if math.isnan(value):
        return "未知" if lang == "zh" else "unknown"
    size = abs(value)
    if lang == "en":
        digits, after = f"{size:,.0f}", f" {UNITS_EN.get(unit, unit)}".rstrip()
    else:
        digits, after = _in_wan(size), UNITS_ZH.get(unit, unit)
    sign = "−" if value < 0 and digits != "0" else ""
    return f"{sign}{digits}{after}"


def _in_wan(size: float) -> str:
    """Write a number that is not negative with 万 or 亿."""
    if round(size) < 10_000:
        return f"{size:.0f}"
    if round(size / 1e4, 1) >= 10_000:
        scaled, places, word = size / 1e8, 2, "亿"
    else:
        scaled, word = size / 1e4, "万"
        places = 2 if scaled < 100 else 1
    text = f"{scaled:.{places}f}"
    return (text[:-1] if places == 2 and text.endswith("0") else text) + word


def spread(positions: Sequence[float], apart: float) -> list[float]:
    """Move label positions until all are ``apart``, keeping their order and their middle."""
    order = sorted(range(len(positions)), key=lambda i: positions[i])
    groups: list[list[int]] = []
    for i in order:  # pool neighbours that collide and centre the pool on their mean
        groups.append([i])
        while len(groups) > 1 and (
            _middle(groups[-1], positions) - _middle(groups[-2], positions)
            < apart * (len(groups[-1]) + len(groups[-2])) / 2
        ):
            groups[-2:] = [groups[-2] + groups[-1]]
    moved = list(positions)
    for group in groups:
        first = _middle(group, positions) - apart * (len(group) - 1) / 2
        for k, i in enumerate(group):
            moved[i] = first + k * apart
    return moved


def _middle(group: Sequence[int], positions: Sequence[float]) -> float:
    return sum(positions[i] for i in group) / len(group)
