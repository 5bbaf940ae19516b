"""The gaps of a place as a page for the terminal."""

from __future__ import annotations

import xarray as xr

from yilao.gap import GapLine, PlaceGap
from yilao.report.gap_notes import gap_notes
from yilao.report.measures import KIND_ZH, label, norm_text
from yilao.report.notes import VARIANT_ZH
from yilao.report.text import as_printed, month, people, places, table

TITLES = {
    "nursing_beds": ("护理型床位", "nursing beds"),
    "beds": ("养老床位", "elder-care beds"),
    "places": ("托位", "childcare places"),
    "caregivers": ("照护人员", "caregivers"),
}


def place_gap_text(answer: PlaceGap, lang: str) -> str:
    """Write the page: people, a table for each line with its conclusion, notes.

    Parameters
    ----------
    answer : of ``place_gap``.
    lang : ``zh`` or ``en``.
    """
    zh = lang == "zh"
    name = answer.place.name_zh if zh else answer.place.name_en
    title = TITLES[answer.of][0 if zh else 1]
    lines = [
        f"{name}{title}：需求、承诺与供给（{VARIANT_ZH[answer.variant]}，常住人口，年末数）"
        if zh
        else f"{name}: {title}, need, promise and supply (residents, end of year, variant "
        f"{answer.variant})",
        "",
        *_people(answer, lang),
    ]
    for line in answer.lines:
        lines += ["", _heading(line, answer, lang), "", *_table(line, lang)]
        lines += ["", "  " + conclusion(line, lang)]
    return "\n".join([*lines, "", *gap_notes(answer, lang)])


def _people(answer: PlaceGap, lang: str) -> list[str]:
    names = {
        "residents": ("常住人口", "residents"),
        "aged_60_and_over": ("60岁及以上", "aged 60 and over"),
        "under_three": ("3岁以下", "under three"),
    }
    counted = answer.need.people
    years = [int(y) for y in counted["year"].values]
    shown = [y for y in years if y % 5 == 0 or y == years[-1]]
    zh = lang == "zh"
    head = ["人口" if zh else "people", *(f"{y}年" if zh else str(y) for y in shown)]
    rows = [
        [names[str(k)][0 if zh else 1], *(people(float(v.sel(year=y)), lang) for y in shown)]
        for k, v in counted.items()
    ]
    return table(head, rows)


def _heading(line: GapLine, answer: PlaceGap, lang: str) -> str:
    zh, row = lang == "zh", line.need
    last = int(row.values["year"].values[-1])
    # A need has a definition, which the notes give; a norm its figure and its documents.
    told = [KIND_ZH[row.kind] if zh else row.kind, norm_text(row, last, lang)]
    titles = {p.document: p.title if zh else p.document for p in answer.place.plans}
    told += [titles.get(d, "自定" if zh else "given") for d in row.documents]
    inside = ("，" if zh else ", ").join(told)
    name = label(row.measure, lang) + ("*" if row.implied else "")
    return f"{name}（{inside}）" if zh else f"{name} ({inside})"


def _signed(value: float | None, lang: str) -> str:
    if value is None:
        return "—"
    if round(value) == 0:
        return "0"
    return ("+" if value > 0 else "−") + places(abs(value), lang)


def _at(array: xr.DataArray | None, year: int) -> float | None:
    """Value of a year, None where it is not known."""
    if array is None or year not in array["year"].values:
        return None
    return float(array.sel(year=year))


def _table(line: GapLine, lang: str) -> list[str]:
    """Year by year; without anything to compare with, need and what is not known only."""
    zh = lang == "zh"
    head = ["年份", "需求", "承诺", "供给"] if zh else ["year", "needed", "promised", "supply"]
    if line.comparisons:
        head += (
            ["需求−供给", "需求−承诺", "承诺−供给", "当年需新增"]
            if zh
            else ["need − supply", "need − promise", "promise − supply", "to add"]
        )
    plan = line.additions
    lead = 0 if plan is None else int(plan["year"][0] - plan["order_year"][0])
    if lead:
        head.append("最迟立项年份" if zh else "order by")
    gaps = {k: v["shortfall"] for k, v in line.comparisons.items()}
    against = line.comparisons.get("need_less_supply")
    rows = []
    for year in (int(y) for y in line.need.values["year"].values):
        given = line.need.promised.get(year)
        held = None if against is None else _stock_at(against, year)
        added = None if plan is None else _at(plan["additions"], year)
        cells = [
            f"{year}年" if zh else str(year),
            places(_at(line.need.values, year), lang),
            "—" if given is None else as_printed(given, lang),
            ("未知" if zh else "unknown") if held is None else places(held, lang),
        ]
        if line.comparisons:
            cells += [*(_signed(_at(gaps.get(k), year), lang) for k in _ORDER), places(added, lang)]
        rows.append([*cells, *([str(year - lead) if added else "—"] if lead else [])])
    return table(head, rows)


_ORDER = ("need_less_supply", "need_less_promise", "promise_less_supply")


def _stock_at(pair: xr.Dataset, year: int) -> float | None:
    if year not in pair["need"]["year"].values:
        return None
    held = pair["supply"]
    return float(held.sel(year=year) if "year" in held.dims else held)


def conclusion(line: GapLine, lang: str) -> str:
    """Say in a sentence what is short, against what, and from when.

    Parameters
    ----------
    line : of a ``PlaceGap``.
    lang : ``zh`` or ``en``.
    """
    zh, row = lang == "zh", line.need
    last = int(row.values["year"].values[-1])
    name, unit = _name_and_unit(row.measure, lang)
    need = places(_at(row.values, last), lang)
    said = [f"{last}年末需{name}约{need}{unit}" if zh else f"{name}: about {need} needed in {last}"]
    due = [int(y) for y in row.promised if int(y) in row.values["year"].values]
    if due:
        year = max(due)
        over = _at(row.values, year), row.promised[year]
        word = _short(over[0] - over[1], lang) if over[0] is not None else ""
        said.append(
            f"{year}年承诺{as_printed(over[1], lang)}{unit}，对照当年需求{word}{unit}"
            if zh
            else f"the {as_printed(over[1], lang)} promised for {year} are {word} of that year's need"
        )
    pair = line.comparisons.get("need_less_supply")
    if pair is None:
        said.append(
            "供给未知，无法计算缺口" if zh else "supply is not known, so neither is the gap"
        )
    else:
        gap, since = _at(pair["shortfall"], last) or 0.0, _since(pair["shortfall"], lang)
        said.append(
            f"{_basis_of_supply(line, lang)}，{last}年{_lacking(gap, lang, unit)}{since}"
            if zh
            else f"{_basis_of_supply(line, lang)} {_lacking(gap, lang, unit)} in {last}{since}"
        )
    return ("；" if zh else "; ").join(said) + ("。" if zh else ".")


def _name_and_unit(measure: str, lang: str) -> tuple[str, str]:
    """A measure by name, and in Chinese its unit, which a number there does not go without."""
    if lang != "zh":
        return label(measure, lang), ""
    name, _, unit = label(measure, lang).rpartition("（")
    return name, unit.removesuffix("）")


def _since(gap: xr.DataArray, lang: str) -> str:
    """From when on it is short; a gap that closes again is not short "from then on"."""
    zh, years = lang == "zh", gap["year"].values
    short = years[(gap > 0).values]
    if not len(short):
        return ""
    if bool((gap.sel(year=slice(short[0], None)) > 0).all()):
        return f"，{short[0]}年起不足" if zh else f", short from {short[0]} on"
    if short[0] == short[-1]:
        return f"，{short[0]}年不足" if zh else f", short in {short[0]}"
    return (
        f"，{short[0]}年首次、{short[-1]}年末次不足"
        if zh
        else f", first short in {short[0]} and last in {short[-1]}"
    )


def _short(gap: float, lang: str) -> str:
    count = places(abs(gap), lang)
    if lang == "zh":
        return f"{'少' if gap > 0 else '多'}{count}"
    return f"{count} {'short' if gap > 0 else 'in excess'}"


def _lacking(gap: float, lang: str, unit: str) -> str:
    count = places(abs(gap), lang)
    if round(gap) == 0:
        return "供需持平" if lang == "zh" else "none are missing"
    if lang == "zh":
        return f"{'缺' if gap > 0 else '富余'}约{count}{unit}"
    return f"about {count} are {'missing' if gap > 0 else 'to spare'}"


def _basis_of_supply(line: GapLine, lang: str) -> str:
    """Which supply the gap is counted against."""
    zh, held = lang == "zh", line.supply
    if held is None or "year" in held.dims:
        return "按给出的供给" if zh else "against the supply you gave"
    # A computed number is never known to the single carer.
    computed = line.supply_is == "implied"
    shown = places(float(held), lang) if computed else as_printed(round(float(held)), lang)
    number = shown + _name_and_unit(line.need.measure, lang)[1]
    date = month(str(held.attrs["date"]), lang)
    date = f"the {date}" if date.startswith("end") and line.supply_is != "given" else date
    words = {
        "counted": (f"若{date}的存量{number}此后不变", f"if the {number} of {date} stay,"),
        "implied": (
            f"若按{date}所载比率推算的{number}此后不变",
            f"if the {number} that a printed rate implies for {date} stay,",
        ),
        "given": (f"若您给出的{number}（{date}）不变", f"if the {number} you gave ({date}) stay,"),
    }
    return words[line.supply_is][0 if zh else 1]
