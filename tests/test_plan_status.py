"""Status of targets: every status, both languages, joint targets, observations, faults."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from yilao.place import load_place
from yilao.plan import Thresholds, assess, load_plan, read_plan
from yilao.plan.figures import Point
from yilao.plan.progress import STATUSES
from yilao.plan.progress.people import count, scale, year_time
from yilao.plan.progress.rules import better, extrapolate, pace, reached, verdict
from yilao.plan.progress.words import NOTES
from yilao.plan.sheet import annex
from yilao.projection import Projection, project
from yilao.report import status_text
from yilao.schema import FactsError, SchemaError, UnknownNameError, YilaoError

SOURCE = """
[source]
document = "plan"
place = "hangzhou"
title = "某市方案"
issuer = "某市人民政府"
issued = 2022-06-01
"""
ON = dt.date(2024, 6, 30)


def entry(name, points, *, unit="percent", comparator="=", **more):
    """One [[indicator]] of a plan; points are (year, role, printed)."""
    words = {"binding": "unstated", "quote": "原文", "name_zh": name, "name_en": name, **more}
    words |= {"id": name, "unit": unit, "kind": "target", "comparator": comparator}
    words |= {"place_in_document": "表1"}
    if unit not in ("beds", "persons", "places", "items"):
        words.setdefault("denominator", "分母")
    lines = ["[[indicator]]", *(f'{k} = "{v}"' for k, v in words.items())]
    cells = []
    for year, role, printed in points:
        value = printed.lstrip("≥≤<>")
        when = f"year = {year}, " if year else ""
        given = f"value = {value}"
        if "-" in value:
            low, high = value.split("-")
            given = f"low = {low}, high = {high}"
        sign = f', comparator = "{printed[0]}"' if printed[0] in "<>" else ""
        cells.append(f'{{ {when}{given}, printed = "{printed}", role = "{role}"{sign} }}')
    return "\n".join([*lines, f"points = [{', '.join(cells)}]", ""])


@pytest.fixture
def plan(tmp_path):
    def make(*entries, source=SOURCE):
        path = tmp_path / "mine.toml"
        path.write_text(source + "\n".join(entries), encoding="utf-8")
        return read_plan(path)

    return make


def seen(*rows, **more):
    """Observations from (id, year or date, value, unit) with a made-up source."""
    table = [
        {
            "id": i,
            "date": str(when) if "-" in str(when) else f"{when}-12-31",
            "value": v,
            "unit": u,
            "basis": "",
            "source": "made up",
        }
        for i, when, v, u in rows
    ]
    return pd.DataFrame([{**row, **more} for row in table]) if rows else None


def only(plan, observations=None, *, on=ON, **words):
    (target,) = assess(plan, observations, on=on, **words).targets
    return target


SHARE = "nursing_bed_share"


def share(plan, base, target, *observed, on=ON, comparator="=", name=SHARE):
    """The single target of a share with base 2020 and target 2025."""
    points = [(2020, "base", base)] if base else []
    made = plan(entry(name, [*points, (2025, "target", target)], comparator=comparator))
    return only(made, seen(*((name, y, v, "percent") for y, v in observed)), on=on)


# Every status.


@pytest.mark.parametrize(
    ("base", "target", "observed", "on", "status"),
    [
        ("20", "60", [(2023, 60.0)], ON, "met"),
        ("20", "60", [(2023, 44.0)], ON, "on track"),  # 24 of 40 in 3 of 5 years
        ("20", "60", [(2023, 42.8)], ON, "on track"),  # 0.95 of the pace
        ("20", "60", [(2023, 42.7)], ON, "nearly"),
        ("20", "60", [(2023, 34.4)], ON, "nearly"),  # 0.6 of the pace
        ("20", "60", [(2023, 34.3)], ON, "behind"),
        ("20", "60", [(2023, 20.0)], ON, "behind"),
        ("20", "60", [(2023, 19.6)], ON, "behind"),  # a step back within the rounding of 20
        ("20", "60", [(2023, 19.4)], ON, "moving away"),
        ("96.1", "95", [(2023, 95.5)], ON, "floor held"),
        ("96.1", "95", [(2023, 94.9)], ON, "floor broken"),
        ("95", "95", [(2023, 95.0)], ON, "floor held"),
        ("20", "60", [(2025, 59.0)], dt.date(2026, 3, 1), "overdue"),
        ("20", "60", [(2025, 59.0), (2026, 61.0)], dt.date(2027, 1, 1), "met"),
        ("20", "60", [(2024, 59.0)], dt.date(2026, 3, 1), "cannot tell"),
        ("20", "60", [(2024, 61.0)], dt.date(2026, 3, 1), "met"),
        ("20", "60", [], ON, "cannot tell"),
        (None, "60", [], ON, "no base"),
        (None, "60", [(2023, 44.0)], ON, "no base"),
        (None, "60", [(2021, 28.0), (2023, 44.0)], ON, "on track"),
        (None, "60", [], dt.date(2026, 3, 1), "cannot tell"),
    ],
)
def test_status(plan, base, target, observed, on, status):
    assert share(plan, base, target, *observed, on=on).status == status


@pytest.mark.parametrize(
    ("base", "target", "value", "status"),
    [
        ("9.47", "<8.5", 8.4, "met"),
        ("9.47", "<8.5", 8.5, "on track"),
        ("9.47", "<8.5", 9.6, "moving away"),
        ("1.35", "≤3.5", 3.0, "floor held"),
        ("1.35", "≤3.5", 3.6, "floor broken"),
        ("3.5", "<3.5", 3.4, "met"),  # a base that stands at the bound has yet to pass it
        ("3.5", "<3.5", 3.5, "cannot tell"),
    ],
)
def test_less_is_better(plan, base, target, value, status):
    name, sign = "premature_ncd_mortality", "<=" if "≤" in target else "<"
    assert share(plan, base, target, (2023, value), comparator=sign, name=name).status == status


def test_a_floor_makes_no_progress(plan):
    held = share(plan, "96.1", "95", (2023, 95.5))
    assert held.floor
    assert held.progress is held.anticipated is held.needed_pace is None
    assert held.past_pace == pytest.approx(-0.2)


def test_definition_changed(plan):
    made = plan(entry(SHARE, [(2020, "base", "20"), (2025, "target", "60")]))
    table = seen((SHARE, 2023, 44.0, "percent"), definition="beds in hospitals too")
    other = only(made, table)
    assert (other.status, other.latest, other.notes) == (
        "definition changed",
        None,
        ("definition differs",),
    )
    # A comparable value is used, and the newer one that is not is named.
    both = pd.concat([table, seen((SHARE, 2022, 36.0, "percent"), definition=SHARE)])
    target = only(made, both)
    assert (target.status, target.latest) == ("on track", 36.0)
    assert "definition differs" in target.notes


def test_another_basis_is_another_definition(plan):
    name = "health_management_rate_65plus"
    points = [(2020, "base", "50"), (2025, "target", "65")]
    made = plan(entry(name, points, basis_as_labelled="registered"))
    observed = seen((name, 2023, 60.0, "percent"), basis="resident")
    assert only(made, observed).status == "definition changed"
    assert only(made, observed.assign(basis="registered")).status == "on track"
    assert only(made, observed.assign(basis="")).status == "on track"
    # A basis that the plan leaves open is said.
    open_ = plan(entry(name, points, basis_as_labelled="unstated"))
    assert "compared with resident" in only(open_, observed).notes


def test_what_a_target_does_not_say(plan):
    undated = plan(entry(SHARE, [(None, "target", "60")]))
    assert only(undated, seen((SHARE, 2023, 44.0, "percent"))).notes == ("no due year",)
    assert only(undated, seen((SHARE, 2023, 60.0, "percent"))).status == "met"
    neutral = plan(entry("plan_x", [(2020, "base", "20"), (2025, "target", "60")]))
    target = only(neutral, seen(("plan_x", 2023, 44.0, "percent")))
    assert (target.status, target.notes) == ("cannot tell", ("no direction",))
    assert target.anticipated == pytest.approx(1.0)
    assert only(neutral, seen(("plan_x", 2023, 60.0, "percent"))).status == "met"
    late = only(neutral, seen(("plan_x", 2025, 44.0, "percent")), on=dt.date(2026, 1, 1))
    assert (late.status, late.notes) == ("cannot tell", ("no direction",))
    # The sign of a target says which way is better where the registry does not know the id.
    signed = plan(entry("plan_x", [(2020, "base", "20"), (2025, "target", "≥60")], comparator=">="))
    assert only(signed, seen(("plan_x", 2023, 44.0, "percent"))).status == "on track"
    unclear = plan(entry("staff_trainings_x", [(2025, "target", "50")], unit="items"))
    assert only(unclear).status == "no base"
    flow = plan(entry("kindergartens_built", [(2025, "target", "50")], unit="institutions"))
    assert only(flow).notes == ("period not said",)


def test_lost_cells():
    found = assess(load_plan("taizhou-zhejiang", document="five-year-plan"), on=ON)
    (row,) = (t for t in found.targets if t.statement == "high_level_universities")
    assert (row.status, row.target, row.notes) == ("cannot tell", None, ("cells lost",))


def test_flow_of_a_year_needs_that_year(plan):
    made = plan(
        entry(
            "older_smart_training",
            [(2023, "target", "100")],
            unit="person-times",
            accumulates="year",
        )
    )

    def status(*rows, on):
        observed = seen(*(("older_smart_training", y, v, "person-times") for y, v in rows))
        return only(made, observed, on=on).status

    assert status((2023, 100), on=ON) == "met"
    assert status((2023, 99), on=ON) == "overdue"
    assert status((2023, 99), (2024, 120), on=dt.date(2025, 1, 1)) == "overdue"
    assert status((2022, 120), on=dt.date(2023, 6, 30)) == "no base"
    assert status((2022, 120), on=ON) == "cannot tell"


def test_what_is_counted_over_the_period_begins_at_nothing(plan):
    made = plan(
        entry(
            "new_urban_jobs",
            [(2020, "base", "914000"), (2025, "target", "400000")],
            unit="persons",
            accumulates="plan period",
        )
    )
    target = only(made, seen(("new_urban_jobs", 2023, 240000, "persons")))
    assert (target.base, target.floor, target.status) == (0.0, False, "on track")
    assert target.progress == target.elapsed == pytest.approx(0.6)
    assert "counted from zero" in target.notes


def test_what_is_counted_from_zero_lacks_no_base(plan):
    jobs = {"unit": "persons", "accumulates": "plan period"}
    made = plan(entry("new_urban_jobs", [(2025, "target", "400000")], **jobs))
    target = only(made)
    assert (target.status, target.notes) == ("cannot tell", ("not observed",))
    target = only(made, seen(("new_urban_jobs", 2023, 240000, "persons")))
    assert (target.status, target.notes) == ("cannot tell", ("start not said",))
    late = dt.date(2026, 2, 1)
    for value, status in [(400_000, "met"), (399_999, "overdue")]:
        observed = seen(("new_urban_jobs", 2025, value, "persons"))
        assert only(made, observed, on=late).status == status
    yearly = entry(
        "older_smart_training", [(2024, "target", "100")], unit="person-times", accumulates="year"
    )
    assert only(plan(yearly)).status == "cannot tell"


# What is computed.


def test_numbers_of_one_target(plan):
    target = share(plan, "20", "60", (2022, 26.0), (2023, 35.0))
    assert target.base_date == dt.date(2020, 12, 31)
    assert target.latest_date == dt.date(2023, 12, 31)
    assert target.progress == pytest.approx(15 / 40)
    assert target.elapsed == pytest.approx(3 / 5)
    assert target.past_pace == pytest.approx(5.0)
    assert target.needed_pace == pytest.approx(12.5)
    assert target.past_growth == pytest.approx(100 * ((35 / 20) ** (1 / 3) - 1))
    assert target.needed_growth == pytest.approx(100 * ((60 / 35) ** (1 / 2) - 1))
    assert target.projected == pytest.approx(45.0)
    assert target.projected_by == "trend"
    # Under a linear trend the anticipated part is progress over time elapsed.
    assert target.anticipated == pytest.approx(target.progress / target.elapsed)


def test_a_trend_past_the_whole_is_said(plan):
    target = share(plan, "20", "98", (2023, 80.0))
    assert target.projected == pytest.approx(120.0)  # as computed, not clipped
    assert target.notes == ("over the whole",)


def test_thresholds_and_trend_are_parameters(plan):
    made = plan(entry(SHARE, [(2020, "base", "20"), (2025, "target", "60")]))
    observed = seen((SHARE, 2023, 40.0, "percent"))
    assert only(made, observed).status == "nearly"
    assert only(made, observed, thresholds=Thresholds(0.8, 0.5)).status == "on track"
    assert only(made, observed, thresholds=Thresholds(0.95, 0.9)).status == "behind"
    compound = only(made, observed, trend="compound")
    assert compound.projected == pytest.approx(20 * 2 ** (5 / 3))
    assert compound.status == "on track"
    zero = plan(entry(SHARE, [(2020, "base", "0"), (2025, "target", "60")]))
    assert only(zero, observed, trend="compound").notes == ("no trend",)


def test_a_yearly_target_is_held_against_its_year(plan):
    points = [
        (2020, "base", "20"),
        *((y, "target", str(20 + 8 * (y - 2020))) for y in (2021, 2022)),
    ]
    made = plan(entry(SHARE, [*points, (2023, "target", "44"), (2025, "target", "60")]))
    observed = seen(*((SHARE, y, v, "percent") for y, v in [(2021, 30), (2022, 34), (2023, 43)]))
    found = assess(made, observed, on=ON)
    got = [(t.year, t.latest, t.status, t.retrospective) for t in found.targets]
    assert got == [
        (2021, 30.0, "met", True),
        (2022, 43.0, "met", False),  # a year late
        (2023, 43.0, "overdue", False),
        (2025, 43.0, "on track", False),
    ]
    assert "retrospective" in found.targets[0].notes
    assert "met late" in found.targets[1].notes
    assert [t.year for t in found.current] == [2025]
    assert [t.year for t in assess(made, observed, on=dt.date(2022, 1, 1)).current] == [2022]
    assert [t.year for t in assess(made, observed, on=dt.date(2030, 1, 1)).current] == [2025]


def test_seen_only_after_it_was_due(plan):
    made = plan(entry(SHARE, [(2020, "base", "20"), (2022, "target", "36")]))
    target = only(made, seen((SHARE, 2023, 40.0, "percent")))
    assert (target.status, target.notes) == ("met", ("seen later",))


def test_nothing_later_than_the_date_is_used(plan):
    made = plan(entry(SHARE, [(2020, "base", "20"), (2025, "target", "60")]))
    observed = seen((SHARE, 2023, 44.0, "percent"), (SHARE, 2024, 70.0, "percent"))
    assert only(made, observed).latest == 44.0
    assert only(made, observed, on=dt.date(2024, 12, 31)).status == "met"
    assert only(made, on=dt.date(2020, 1, 1)).status == "no base"


def test_a_bound_is_said(plan):
    made = plan(entry(SHARE, [(2020, "base", ">20"), (2025, "target", "60")]))
    assert "base is a bound" in only(made, seen((SHARE, 2023, 44.0, "percent"))).notes


def test_the_base_of_another_mention(plan):
    made = plan(
        entry(SHARE, [(2020, "base", "20"), (2025, "target", "60")]),
        entry(SHARE, [(2025, "target", "≥60")], comparator=">=", statement="in_text"),
    )
    _, text = assess(made, seen((SHARE, 2023, 44.0, "percent")), on=ON).targets
    assert (text.base, text.status) == (20.0, "on track")
    assert text.notes == ("base of another mention",)


def test_statistics_of_the_plan_and_official_figures():
    old = assess(load_plan("taizhou-zhejiang", document="five-year-plan"), on=ON)
    by = {t.statement: t for t in old.targets}
    assert by["hospital_beds_per_1000_13th_plan"].status == "overdue"
    assert by["physicians_per_1000_13th_plan"].status == "met"
    assert by["registered_unemployment_rate_13th_plan"].status == "floor held"
    assert by["physicians_per_1000_13th_plan"].retrospective
    assert by["physicians_per_1000"].retrospective is False
    annex = assess(load_plan("taizhou-zhejiang", document="solution-annex"), on=ON)
    assert {t.retrospective for t in annex.targets} == {None}


def test_binding_ones_come_first():
    found = assess(load_plan("ankang"), on=ON)
    order = ["约束性", "预期性", "unstated"]
    places = [order.index(t.binding) for t in found.targets]
    assert places == sorted(places)
    assert set(places) == {0, 1, 2}
    # Numbered as in the annex, where norms stand among the targets.
    names = annex(load_plan("ankang")).set_index("序号")["指标"]
    assert all(names[t.number] == t.name_zh for t in found.targets)


# Rates, stocks and people.


def people(total, *, years=range(2020, 2026), basis="resident", **attrs):
    """A projection of ages 0 … 100+ with as many people in each year as ``total(year)``."""
    ages, sexes = np.arange(101), ["female", "male"]
    values = [[[total(y) / 202] * 101] * 2 for y in years]
    coords = {"year": list(years), "sex": sexes, "age": ages}
    attrs = {"basis": basis, "sources": ["made up"], **attrs}
    return Projection(xr.DataArray(values, coords, ("year", "sex", "age"), attrs=attrs))


def test_people_of_a_date():
    future = people(lambda y: 202_000.0 + 20_200 * (y - 2020))
    assert count(future, "population", dt.date(2020, 12, 31)) == pytest.approx(202_000)
    assert count(future, "older_people", dt.date(2021, 12, 31)) == pytest.approx(2_200 * 41)
    assert count(future, "population_under_3", dt.date(2020, 12, 31)) == pytest.approx(6_000)
    half = count(future, "population", dt.date(2021, 7, 2))
    assert half == pytest.approx(202_000 + 20_200 * 183 / 365)
    assert count(future, "population", dt.date(2019, 12, 31)) is None
    assert count(future, "population_registered", dt.date(2021, 12, 31)) is None
    assert count(future, "care_beds", dt.date(2021, 12, 31)) is None
    groups = Projection(future.population.sel(age=slice(0, None, 5)))
    assert count(groups, "population_under_3", dt.date(2021, 12, 31)) is None


RATE, STOCK = "care_beds_per_1000_older", "care_beds"
TOGETHER = (
    entry(
        RATE,
        [(2020, "base", "50"), (2025, "target", "60")],
        unit="per 1,000 older people",
        basis_as_labelled="unstated",
    ),
    entry(STOCK, [(2020, "base", "4100"), (2025, "target", "4920")], unit="beds"),
)


def grow(percent):
    """As many people as make 82,000 of them 60 or older in 2020, growing each year."""
    return people(lambda y: 82_000 / 41 * 101 * (1 + percent / 100 * (y - 2020)))


def test_a_rate_is_worked_out_of_its_stock_and_people(plan):
    found = assess(plan(*TOGETHER), seen((STOCK, 2023, 4592, "beds")), projection=grow(5), on=ON)
    rate, stock = found.targets
    # 4,592 beds are on the way to 4,920, but those aged 60 and over are 15 % more.
    assert stock.status == "on track"
    assert rate.latest == pytest.approx(1000 * 4592 / (82_000 * 1.15))
    assert rate.base == pytest.approx(50.0)
    assert rate.projected == pytest.approx(1000 * 4920 / (82_000 * 1.25))
    assert rate.projected_by == "trend and projection"
    assert rate.status == "moving away"
    assert {"latest computed", "base recomputed", "projected resident"} <= set(rate.notes)


def test_joint_targets(plan):
    made = plan(*TOGETHER)
    (pair,) = assess(made, projection=grow(5), on=ON).joint
    assert (pair.rate, pair.stock, pair.year) == (RATE, STOCK, 2025)
    assert pair.implied == pytest.approx(82_000)
    assert pair.projected == pytest.approx(102_500)
    assert pair.rate_reached == pytest.approx(48.0)
    assert pair.stock_needed == pytest.approx(6150.0)
    assert pair.finding == "stock too small"
    assert assess(made, projection=grow(0), on=ON).joint[0].finding == "stock suffices"
    assert assess(made, on=ON).joint[0].finding == "not known"
    registered = grow(5).population.assign_attrs(basis="registered")
    label = plan(TOGETHER[0].replace('unstated"\nquote', 'unstated"\nquote'), TOGETHER[1])
    other = assess(label, projection=Projection(registered), on=ON)
    assert "projected registered" not in other.targets[0].notes


def test_a_labelled_basis_wants_its_own_people(plan):
    rate = TOGETHER[0].replace('basis_as_labelled = "unstated"', 'basis_as_labelled = "registered"')
    found = assess(
        plan(rate, TOGETHER[1]), seen((STOCK, 2023, 4592, "beds")), projection=grow(5), on=ON
    )
    assert found.targets[0].status == "definition changed"
    assert found.joint[0].finding == "not known"
    registered = Projection(grow(5).population.assign_attrs(basis="registered"))
    again = assess(
        plan(rate, TOGETHER[1]), seen((STOCK, 2023, 4592, "beds")), projection=registered, on=ON
    )
    assert again.targets[0].status == "moving away"
    assert again.joint[0].finding == "stock too small"


def test_a_share_is_worked_out_of_two_stocks(plan):
    made = plan(entry(SHARE, [(2020, "base", "20"), (2025, "target", "60")]))
    both = seen((STOCK, 2023, 4000, "beds"), ("nursing_beds", 2023, 1760, "beds"))
    target = only(made, both)
    assert (target.latest, target.status) == (pytest.approx(44.0), "on track")
    assert "1,760 / 4,000" in target.source
    # A figure of its own goes before.
    own = pd.concat([both, seen((SHARE, 2023, 30.0, "percent"))])
    assert only(made, own).latest == 30.0
    # Parts of different dates are not put together, and another definition stays one.
    assert only(made, both.assign(date=["2022-12-31", "2023-12-31"])).latest is None
    assert only(made, both.assign(definition=["", "with hospitals"])).status == (
        "definition changed"
    )
    assert only(made, both.assign(definition=["with hospitals", ""])).latest is None


def test_people_themselves_come_from_the_projection(plan):
    made = plan(
        entry("share_60plus", [(2020, "base", "40"), (2025, "target", "41")]),
        entry("population_under_3", [(2025, "target", "7000")], unit="persons"),
    )
    older, young = assess(made, projection=grow(4), on=ON).targets
    assert older.projected == pytest.approx(100 * 41 / 101)
    assert older.projected_by == young.projected_by == "projection"
    assert young.projected == pytest.approx(82_000 / 41 * 3 * 1.2)


def test_hangzhou_places_per_1000_from_the_stated_stock():
    future = people(lambda y: 12_000_000.0, place="hangzhou")
    found = assess(load_plan("hangzhou"), projection=future, on=ON)
    (row,) = (t for t in found.targets if t.statement == "childcare_places_per_1000")
    assert row.latest == pytest.approx(44_000 / 12_000)
    assert row.latest_date == dt.date(2022, 10, 21)
    assert (row.status, row.needed_pace > 0) == ("no base", True)


# What comes out.


def test_tables_in_both_languages(plan):
    found = assess(plan(*TOGETHER), seen((STOCK, 2023, 4592, "beds")), projection=grow(5), on=ON)
    plain = found.table()
    assert list(plain["status"]) == ["moving away", "on track"]
    assert list(plain["status_zh"]) == ["倒退", "进度正常"]
    assert plain["latest"].dtype == float
    assert "made up" in plain.attrs["sources"]
    zh, en = found.table(lang="zh"), found.table(lang="en")
    assert list(zh["状态"]) == ["倒退", "进度正常"]
    assert list(en["Status"]) == ["moving away", "on track"]
    assert zh.shape == en.shape
    assert list(zh.columns[:3]) == ["序号", "指标", "单位"]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_text(plan, lang):
    found = assess(plan(*TOGETHER), seen((STOCK, 2023, 4592, "beds")), projection=grow(5), on=ON)
    text = status_text(found, lang)
    for word in {"zh": ["序号", "基数", "属性", "倒退", "10.2万"], "en": ["Status", "102,000"]}[
        lang
    ]:
        assert word in text
    wanted = {"zh": "数量目标实现了，比率目标仍不能实现", "en": "even when the stock target is met"}
    assert wanted[lang] in text
    assert ("nearly" in text) == (lang == "en")
    every = status_text(assess(load_plan("ankang"), on=ON), lang)
    assert {"zh": "分年度目标", "en": "Targets of each year"}[lang] in every
    assert {"zh": "分母不是人口，或没有到期时的推算", "en": "is not people"}[lang] in every
    assert {"zh": "500亿", "en": "50,000,000,000"}[lang] in every


def test_every_status_and_note_has_words_in_both_languages():
    assert set(STATUSES) == {
        "met", "on track", "nearly", "behind", "moving away", "floor held", "floor broken",
        "overdue", "no base", "definition changed", "cannot tell",
    }  # fmt: skip
    assert len(set(STATUSES.values())) == len(STATUSES)
    for zh, en in NOTES.values():
        assert zh != en
        assert en.isascii()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_excel(plan, tmp_path, lang):
    openpyxl = pytest.importorskip("openpyxl")
    made = plan(*TOGETHER)
    found = assess(made, seen((STOCK, 2023, 4592, "beds")), projection=grow(5), on=ON)
    path = tmp_path / "status.xlsx"
    found.to_excel(path, lang=lang)
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["指标", "进展", "figures"]
    head, first, second = ([c.value for c in r] for r in book["指标"].iter_rows())
    assert head[:7] == ["序号", "指标", "单位", "2020基数", "2025", "属性", "备注"]
    column = head.index({"zh": "状态", "en": "Status"}[lang])
    words = {"zh": ["倒退", "进度正常"], "en": ["moving away", "on track"]}[lang]
    assert [first[column], second[column]] == words
    every = list(book["进展"].iter_rows(values_only=True))
    assert len(every) == 3
    # Plain targets are numbers, as their bases are.
    where = every[0].index({"zh": "目标", "en": "Target"}[lang])
    assert [row[where] for row in every[1:]] == [t.target for t in found.targets]
    assert read_plan(path) == made


def test_arguments_stay_as_they_are(plan):
    observed, future = seen((STOCK, 2023, 4592, "beds")), grow(5)
    before, then = observed.copy(deep=True), future.population.copy(deep=True)
    assess(plan(*TOGETHER), observed, projection=future, on=ON)
    pd.testing.assert_frame_equal(observed, before)
    xr.testing.assert_identical(future.population, then)


# Rules on plain numbers.


def test_rules():
    at_least = Point(2025, "target", "60", "=", 60.0)
    assert reached(60.0, at_least, 1)
    assert reached(60 - 1e-10, at_least, 1)
    assert not reached(59.99, at_least, 1)
    assert reached(59.0, at_least, -1)
    assert not reached(61.0, at_least, 0)
    above = Point(2025, "target", ">60", ">", 60.0)
    assert not reached(60.0, above, 1)
    between = Point(2025, "target", "1-2", "range", low=1.0, high=2.0)
    assert [reached(v, between, 0) for v in (0.9, 1.0, 2.0, 2.1)] == [False, True, True, False]
    assert [reached(v, between, 1) for v in (0.9, 3.0)] == [False, True]
    assert [reached(v, between, -1) for v in (0.9, 2.0, 3.0)] == [True, True, False]
    assert [better(c, "more") for c in ("=", "<=", ">", "range")] == [1, -1, 1, 1]
    assert better("=", "neutral") == better("about", "") == 0
    assert pace(1.0, 2.0, 0.0) == (None, None)
    assert pace(0.0, 2.0, 2.0) == (1.0, None)
    assert extrapolate(1.0, 2.0, 0.0, 1.0, "linear") is None
    assert verdict(0.95, 1.0, 0.0, Thresholds()) == "on track"
    assert verdict(-0.1, 1.0, 0.0, Thresholds()) == "moving away"
    assert scale("square metres per 10,000 people") == 10_000
    assert year_time(dt.date(2021, 1, 1)) == pytest.approx(2021 + 1 / 365)


# Faults.


def row(**change):
    given = {"id": SHARE, "year": 2023, "value": 44, "unit": "percent", "basis": "", "source": "x"}
    return pd.DataFrame([{**given, **change}])


@pytest.mark.parametrize(
    ("table", "fault", "message"),
    [
        (row().drop(columns="unit"), FactsError, "observations, unit: the column is missing"),
        (row().drop(columns="year"), FactsError, "give a column 'date'"),
        (row(colour="red"), FactsError, "observations, colour: unknown column"),
        (row(id="nursing_bed_shares"), UnknownNameError, "row 0, id: .*Similar: nursing_bed_share"),
        (row(unit="万张"), FactsError, "unit: '万张' holds 万. Multiply by 10,000"),
        (row(unit="beds"), FactsError, "nursing_bed_share is counted in 'percent', not 'beds'"),
        (row(basis="户籍"), FactsError, "basis: '户籍' is not known"),
        (row(source=" "), FactsError, "row 0, source: is missing"),
        (row(value="44%"), FactsError, "value: '44%' is not a number"),
        (row(value=float("nan")), FactsError, "value: '' is not a number"),
        (row(year="soon"), FactsError, "date: 'soon' is not a day"),
        (row(date="2023-13-01"), FactsError, "date: '2023-13-01' is not a day"),
        (row(date="2022-12-31"), FactsError, "year: 2023 is not the year of the date 2022-12-31"),
        (
            pd.concat([row(), row(value=45)]),
            FactsError,
            "row 1: id, date and basis are those of row 0",
        ),
    ],
)
def test_faults_of_observations(plan, table, fault, message):
    made = plan(entry(SHARE, [(2025, "target", "60")]))
    with pytest.raises(fault, match=message):
        assess(made, table, on=ON)


def test_a_file_of_observations(plan, tmp_path):
    made = plan(entry(SHARE, [(2020, "base", "20"), (2025, "target", "60")]))
    path = tmp_path / "mine.csv"
    path.write_text(row().to_csv(index=False), encoding="utf-8-sig")
    assert only(made, path).status == only(made, str(path)).status == "on track"
    path.write_text(row(unit="beds").to_csv(index=False), encoding="utf-8")
    with pytest.raises(FactsError, match=r"mine\.csv, row 2, unit"):
        assess(made, path, on=ON)
    path.write_text("id,value\n", encoding="utf-8")
    with pytest.raises(FactsError, match=r"mine\.csv: the table has no rows"):
        assess(made, path, on=ON)
    with pytest.raises(FactsError, match=r"none\.csv: the file cannot be read: No such file"):
        assess(made, tmp_path / "none.csv", on=ON)
    path.write_text(f"id,value\n{SHARE},1,2\n", encoding="utf-8")
    with pytest.raises(FactsError, match=r"mine\.csv: rows have more cells than the header"):
        assess(made, path, on=ON)
    path.write_text("id\na,b,c\na\na,b,c,d\n", encoding="utf-8")
    with pytest.raises(FactsError, match=r"mine\.csv: not a table in CSV"):
        assess(made, path, on=ON)
    path.write_bytes("id,名称\n".encode("gbk"))
    with pytest.raises(FactsError, match=r"not a table in UTF-8\. In Excel choose"):
        assess(made, path, on=ON)


def test_dates_as_pandas_has_them(plan):
    made = plan(entry(SHARE, [(2020, "base", "20"), (2025, "target", "60")]))
    table = row().drop(columns="year").assign(date=pd.to_datetime(["2023-12-31"]))
    assert only(made, table).latest_date == dt.date(2023, 12, 31)
    years = row().astype({"year": "Int64"})
    assert only(made, years).latest_date == dt.date(2023, 12, 31)


def test_faults_of_the_other_arguments(plan):
    made = plan(entry(SHARE, [(2025, "target", "60")]))
    with pytest.raises(YilaoError, match="trend 'cubic' is not known"):
        assess(made, on=ON, trend="cubic")
    for day in ("2024-06-30", dt.datetime(2024, 6, 30)):
        with pytest.raises(YilaoError, match=r"is not a day\. Give a datetime\.date"):
            assess(made, on=day)
    with pytest.raises(YilaoError, match=r"thresholds: nearly 0\.9 and on_track 0\.5"):
        Thresholds(on_track=0.5, nearly=0.9)
    with pytest.raises(YilaoError, match="it is of 'ankang', the plan of 'hangzhou'"):
        assess(made, on=ON, projection=people(float, place="ankang"))
    many = people(float).population.expand_dims(draw=[1, 2])
    with pytest.raises(SchemaError, match=r"projection: has the dimensions \['draw'\]"):
        assess(made, on=ON, projection=Projection(many))


def test_a_mention_without_a_year_takes_the_base_of_any_other(plan):
    """What was so in the base year is no news: it is not called met."""
    row = entry(SHARE, [(2020, "base", "100"), (2025, "target", "100")])
    undated = entry("again", [(None, "target", "100")]).replace('id = "again"', f'id = "{SHARE}"')
    made = plan(row, undated + 'statement = "again"\n')
    for observed, status in [([], "cannot tell"), ([(2023, 99.0)], "floor broken")]:
        found = assess(made, seen(*((SHARE, y, v, "percent") for y, v in observed)), on=ON)
        assert [t.status for t in found.targets] == [status, status]
        assert {t.base for t in found.targets} == {100.0}
        assert "base of another mention" in found.targets[1].notes


def test_people_of_a_projection_below_a_figure_are_said():
    place = load_place("hangzhou")
    future = project(place.base, place.rates("plan", until=2025))
    found = assess(load_plan("hangzhou"), projection=future, on=ON)
    rate = next(t for t in found.targets if t.statement == "childcare_places_per_1000")
    # 44,000 places in October 2022: only the people are projected, nothing is expected.
    assert (rate.projected, rate.status) == (None, "no base")
    assert {"latest computed", "projected resident"} <= set(rate.notes)


def test_people_given_go_before_packaged_ones():
    """Hangzhou's bulletin has 12,204,000 residents at the end of 2021."""
    places = seen(("childcare_places", 2021, 36_612, "places"))
    people = seen(("population_resident", 2021, 12_000_000, "persons"), basis="resident")
    found = []
    for table in (places, pd.concat([people, places])):
        done = assess(load_plan("hangzhou"), table, on=dt.date(2022, 6, 30))
        rate = next(t for t in done.targets if t.statement == "childcare_places_per_1000")
        found.append(rate.latest)
    assert found == [pytest.approx(3.0), pytest.approx(3.051)]


def test_figures_on_two_bases_are_not_compared_with_each_other(plan):
    made = plan(entry(SHARE, [(2025, "target", "60")]))
    registered = seen((SHARE, 2021, 50.0, "percent"), basis="registered")
    residents = seen(
        (SHARE, 2022, 30.0, "percent"), (SHARE, 2023, 40.0, "percent"), basis="resident"
    )
    target = only(made, pd.concat([registered, residents]))
    assert (target.base, target.latest, target.status) == (30.0, 40.0, "on track")
    target = only(made, pd.concat([registered, residents.tail(1)]))
    assert (target.base, target.latest, target.status) == (None, 40.0, "no base")


def test_plan_and_assessment_show_themselves_in_a_line():
    plan = load_plan("ankang")
    assert repr(plan) == (
        "<Plan ankang, solution: 安康市“一老一小”整体解决方案, 2023-01-06, 109 statements; "
        ".table() shows their figures>"
    )
    found = repr(assess(plan, on=ON))
    assert found.startswith("<Assessment of ankang, solution, on 2024-06-30: ")


def test_a_document_that_reports_on_its_own_targets_is_agreed_with():
    """Taizhou names the five of 33 indicators that fell short in 2020, and says that 28 did not."""
    plan = load_plan("taizhou-zhejiang", document="five-year-plan")
    table = {i.statement for i in plan.indicators if i.place_in_document.startswith("表1，")}
    found = {t.statement: t for t in assess(plan, on=ON).targets if t.statement in table}
    short = {s for s, t in found.items() if t.status == "overdue"}
    assert short == {
        "hospital_beds_per_1000_13th_plan",
        "labour_contract_rate",
        "public_transport_share_13th_plan",
        "culture_visits_per_person",
    }
    # Whether more children in kindergarten are better is not said; cells of three rows are lost.
    unknown = {s for s, t in found.items() if t.status == "cannot tell"}
    lost = {s for s in unknown if found[s].notes == ("cells lost",)}
    assert (len(lost), unknown - lost) == (3, {"kindergarten_children"})
    reached = [t for t in found.values() if t.status in ("met", "floor held")]
    assert len(reached) + len(lost) == plan["plan_indicators_met"].value(2020) == 28


def test_a_plan_without_targets(plan):
    made = plan(entry("plan_x", [(2020, "statistic", "5")]).replace('"target"', '"statistic"'))
    found = assess(made, on=ON)
    assert found.targets == ()
    assert list(found.table().columns) == list(assess(load_plan("ankang"), on=ON).table().columns)
    assert "2024-06-30：没有带数字的目标" in status_text(found, "zh")
    assert "2024-06-30: no target with a figure" in status_text(found, "en")


def test_a_bound_that_does_not_reach_the_target_proves_nothing(plan):
    points = [(2020, "base", "40"), (2022, "statistic", ">50"), (2025, "target", "60")]
    target = only(plan(entry(SHARE, points)))
    assert (target.latest, target.status) == (50.0, "cannot tell")
    assert target.notes == ("latest is a bound",)
    points[1] = (2022, "statistic", ">60")
    assert only(plan(entry(SHARE, points))).status == "met"
