"""The audit of plans: every rule on small plans, where it must speak and where it must not."""

import dataclasses
import datetime as dt
import json

import pytest

from yilao.examine import RULES, SEVERITIES, audit
from yilao.examine.audit import ALL
from yilao.examine.quantity import Quantity, between, exactly, number, printed
from yilao.place import load_place, read_place
from yilao.plan import Indicator, Plan, Point, load_plan
from yilao.plan.measures import people_counted
from yilao.plan.relations import RELATIONS, relations
from yilao.population import census_groups
from yilao.report import audit_text
from yilao.schema import UnknownNameError, YilaoError

NOWHERE = "nowhere"


def row(name, *points, unit="beds", quote="原文", where="表1，1", **more):
    """One statement; points are (year, role, value) or (year, role, value, as printed)."""
    made = tuple(
        Point(year, role, rest[0] if rest else f"{value:.10g}", "=", value=float(value))
        for year, role, value, *rest in points
    )
    kind = made[-1].role if made[-1].role != "base" else "statistic"
    more.setdefault("denominator", "老年人 (stated)" if "people" in unit else "")
    words = {"statement": name, "name_zh": name, "name_en": name, "binding": "unstated", **more}
    return Indicator(
        name, unit=unit, kind=kind, comparator="=", points=made, place_in_document=where,
        quote=quote, **words,
    )  # fmt: skip


def plan(*rows, document="one", issued=dt.date(2021, 6, 1)):
    return Plan(NOWHERE, document, "某市方案", rows, "某市人民政府", issued)


def rules_of(*rows, sisters=(), **more):
    found = audit(plan(*rows, **more), sisters=sisters).findings
    return [f.rule for f in found if f.severity != "missing"]


BEDS = row("care_beds", (2020, "base", 1000))
NURSING = row("nursing_beds", (2020, "base", 120))


def share(value, as_printed=None, **more):
    return row(
        "nursing_bed_share", (2020, "base", value, as_printed or f"{value:g}%"), unit="percent",
        denominator="养老床位", **more,
    )  # fmt: skip


def test_a_ratio_is_its_numerator_over_its_denominator():
    assert rules_of(BEDS, NURSING, share(12)) == []
    assert rules_of(BEDS, NURSING, share(14)) == ["ratio"]
    found = audit(plan(BEDS, NURSING, share(14))).findings[0]
    assert found.severity == "contradiction"
    assert found.statements == ("nursing_bed_share", "nursing_beds", "care_beds")
    assert "= 12; printed 14 [13.5–14.5]" in found.arithmetic("en")
    assert "文中为 14" in found.arithmetic("zh")


def test_rounding_is_no_contradiction():
    beds = row("care_beds", (2020, "base", 1040))
    assert rules_of(beds, NURSING, share(12)) == []  # 11.54 is printed 12 %
    assert rules_of(beds, NURSING, share(11.5, "11.5%")) == []
    assert rules_of(beds, NURSING, share(11.6, "11.6%")) == ["ratio"]


def test_a_share_of_nothing_is_a_share():
    assert rules_of(BEDS, NURSING, share(0)) == ["ratio"]
    assert rules_of(BEDS, row("nursing_beds", (2020, "base", 0)), share(0)) == []


def test_bounds_that_can_all_be_kept_do_not_contradict():
    """At least 1000 beds, 500 of them nursing, and a share of 60 % ask for 600."""
    beds, nursing = bound("care_beds", 1000), bound("nursing_beds", 500)
    percent = {"unit": "percent", "denominator": "养老床位"}
    assert "ratio" not in rules_of(beds, nursing, bound("nursing_bed_share", 60, **percent))
    exact = [bound(n, v, "=") for n, v in (("care_beds", 1000), ("nursing_beds", 500))]
    assert "ratio" in rules_of(*exact, bound("nursing_bed_share", 60, "=", **percent))
    assert "part" not in rules_of(bound("care_beds", 400), nursing)
    assert "part" in rules_of(bound("care_beds", 400, "="), nursing)
    # Groups above their floors give a mean above them.
    rates = {name: bound(f"{name}parenting_guidance_rate", due, unit="percent")
             for name, due in (("urban_", 90), ("rural_", 80), ("", 95))}  # fmt: skip
    assert "mean" not in rules_of(*rates.values())


def test_what_has_no_year_is_held_against_nothing():
    undated = row("nursing_beds", (None, "target", 1200))
    assert "part" not in rules_of(row("care_beds", (2025, "target", 1000)), undated)


def test_ten_thousands_read_as_units_are_named():
    beds = row("care_beds", (2020, "base", 100_000))
    found = audit(plan(beds, NURSING, share(12))).findings[0]
    assert "a factor of 0.01" in found.arithmetic("en")


def test_a_part_is_no_larger_than_its_whole():
    assert "part" in rules_of(BEDS, row("nursing_beds", (2020, "base", 1200)))
    assert "part" not in rules_of(BEDS, row("nursing_beds", (2020, "base", 1000)))
    # Of other years, or a promise beside a count, nothing can be said.
    assert "part" not in rules_of(BEDS, row("nursing_beds", (2025, "target", 1200)))


def test_a_mean_lies_between_its_parts():
    def rate(name, value):
        return row(name, (2025, "target", value, f"{value}%"), unit="percent", denominator="家长")

    urban, rural = (
        rate("urban_parenting_guidance_rate", 90),
        rate("rural_parenting_guidance_rate", 80),
    )
    assert "mean" in rules_of(urban, rural, rate("parenting_guidance_rate", 95))
    assert "mean" not in rules_of(urban, rural, rate("parenting_guidance_rate", 85))
    for whole, which in ((95, "lower"), (70, "higher")):
        findings = audit(plan(urban, rural, rate("parenting_guidance_rate", whole))).findings
        (found,) = [f for f in findings if f.rule == "mean"]
        assert f"can only be {which}." in found.implication("en")


def test_a_share_that_grows_faster_than_the_whole_forces_conversions():
    beds = row("care_beds", (2020, "base", 1000), (2025, "target", 1200))
    grown = row(
        "nursing_bed_share", (2020, "base", 12, "12%"), (2025, "target", 60, "60%"),
        unit="percent", denominator="养老床位",
    )  # fmt: skip
    nursing = row("nursing_beds", (2020, "base", 120))
    assert "conversion" in rules_of(beds, nursing, grown)
    text = next(f for f in audit(plan(beds, nursing, grown)).findings if f.rule == "conversion")
    assert "at least 400 that exist must be converted" in text.implication("en")
    much = row("care_beds", (2020, "base", 1000), (2025, "target", 3000))
    assert "conversion" not in rules_of(much, nursing, grown)


def bound(name, due, comparator=">=", *earlier, **more):
    """A statement whose last target is a bound."""
    made = row(name, *earlier, (2025, "target", due), **more)
    last = dataclasses.replace(made.points[-1], comparator=comparator)
    return dataclasses.replace(made, points=(*made.points[:-1], last))


def test_new_institutions_of_another_size():
    def found(places, institutions):
        years = [(2020, "base"), (2021, "target")]
        rows = [
            row(name, *((y, role, n) for (y, role), n in zip(years, counts, strict=True)), unit=u)
            for name, counts, u in (
                ("childcare_places", places, "places"),
                ("childcare_institutions_registered", institutions, "institutions"),
            )
        ]
        return [(f.rule, f.severity) for f in audit(plan(*rows)).findings if f.rule == "size"]

    assert found((3000, 4000), (100, 130)) == []
    assert found((3000, 3100), (100, 150)) == [("size", "doubt")]  # 2 each, beside 30
    assert found((3000, 6000), (100, 110)) == [("size", "doubt")]  # 300 each
    assert found((3000, 4000), (100, 100)) == [("size", "note")]
    assert found((3000, 3100), (100, 100)) == []


def test_floors_and_steps_back():
    def beds(base, due, comparator, **more):
        return bound("care_beds", due, comparator, (2020, "base", base), **more)

    assert rules_of(beds(100, 120, "=")) == []
    severity = {
        comparator: [f.severity for f in audit(plan(beds(100, 90, comparator))).findings]
        for comparator in ("=", ">=")
    }
    assert severity == {"=": ["doubt"], ">=": ["note"]}
    assert rules_of(beds(100, 100, "=")) == ["floor"]
    # The text writes the floor, a note gives the reason, or the target was due before the issue.
    for other in (
        bound("care_beds", 90, statement="care_beds_in_text"),
        row("care_beds", (2025, "target", 90), statement="in_note", where="表1，注（1）"),
    ):
        assert [f.severity for f in audit(plan(beds(100, 90, "="), other)).findings] == ["note"]
    assert rules_of(beds(100, 90, "="), issued=dt.date(2026, 1, 1)) == []


def test_a_jump_is_many_times_the_other_steps():
    def cover(*values):
        points = [(2020 + i, "base" if i == 0 else "target", v, f"{v}%")
                  for i, v in enumerate(values)]  # fmt: skip
        return row("home_and_community_care_coverage", *points, unit="percent", denominator="社区")

    assert "jump" in rules_of(cover(38, 43, 90, 91, 92, 93))
    assert "jump" not in rules_of(cover(38, 50, 62, 74, 86, 98))


def test_two_mentions_of_one_thing():
    text = row("care_beds", (2020, "statistic", 1100), statement="care_beds_in_text")
    assert "conflict" in rules_of(BEDS, text)
    same = row("care_beds", (2020, "statistic", 1000), statement="care_beds_in_text")
    assert rules_of(BEDS, same) == []
    other = row("care_beds", (2020, "statistic", 1100), statement="x", name_zh="机构与居家床位合计")
    found = audit(plan(dataclasses.replace(BEDS, name_zh="养老床位"), other)).findings
    assert [(f.rule, f.severity) for f in found] == [("conflict", "doubt")]  # perhaps two things
    rounded = row("care_beds", (2020, "statistic", 1000, "0.1万张"), statement="care_beds_in_text")
    assert rules_of(row("care_beds", (2020, "base", 1020)), rounded) == []


def test_two_documents_of_one_place():
    mine = row("care_beds", (2020, "base", 100), (2025, "target", 200))
    other = plan(row("care_beds", (2020, "base", 100), (2025, "target", 180)), document="two")
    assert rules_of(mine, sisters=[other]) == ["two-documents"]
    found = audit(plan(mine), sisters=[other]).findings[0]
    assert (found.severity, found.statements) == ("contradiction", ("care_beds", "two:care_beds"))
    floors = [plan(bound("care_beds", due), document=f"{due}") for due in (200, 180)]
    assert [f.severity for f in audit(floors[0], sisters=floors[1:]).findings][:1] == ["doubt"]
    base = plan(row("care_beds", (2020, "base", 90), (2025, "target", 200)), document="two")
    assert audit(plan(mine), sisters=[base]).findings[0].severity == "contradiction"
    assert rules_of(mine, sisters=[plan(mine, document="two")]) == []


def test_targets_below_a_norm_that_stands():
    norm = row("childcare_places_per_1000_new_areas", (None, "norm", 10), statement="in_text")
    norm = dataclasses.replace(norm, points=(dataclasses.replace(norm.points[0], comparator=">="),))

    def due(first, last):
        name, targets = "childcare_places_per_1000_new_areas", ("target", "target")
        return row(name, (2021, targets[0], first), (2025, targets[1], last))

    (found,) = [f for f in audit(plan(norm, due(5, 10))).findings if f.rule == "norm"]
    assert (found.severity, found.statements[0]) == ("doubt", "in_text")
    assert "up to 2021 are below" in found.implication("en")
    assert "norm" not in rules_of(norm, due(10, 12))


def test_names_and_units_of_one_figure():
    share = {"unit": "percent", "denominator": "x"}
    water = row("surface_water_above_3_share", (2020, "statistic", 80), where="表1，23",
                name_zh="断面水质好于三类比例", **share)  # fmt: skip
    better = row("surface_water_share", (2020, "base", 80), where="表2，36",
                 name_zh="断面达到或优于三类水质比例", **share)  # fmt: skip
    assert "label" in rules_of(water, better)
    assert "label" not in rules_of(water, dataclasses.replace(better, place_in_document="表1，36"))
    assert "label" not in rules_of(water, dataclasses.replace(better, name_zh="空气优良天数"))
    deaths = row("work_deaths_per_100m_gdp", (2020, "statistic", 0.021), name_zh="死亡率",
                 unit="per 100 million yuan")  # fmt: skip
    percent = row("work_deaths_per_gdp_percent", (2020, "base", 0.021), name_zh="死亡率", **share)
    assert rules_of(deaths, percent) == ["unit"]
    assert rules_of(deaths, dataclasses.replace(percent, name_zh="另一个率")) == []


def test_a_base_that_is_an_old_target():
    mine = row(
        "life_expectancy", (2020, "base", 79.3, "79.3"), (2025, "target", 82, "82"), unit="years"
    )
    old = row(
        "life_expectancy", (2020, "target", 79.3, "79.3"), (2020, "statistic", 81.33, "81.33"),
        unit="years", statement="life_expectancy_old",
    )  # fmt: skip
    sister = plan(old, document="two")
    assert rules_of(mine, sisters=[sister]) == ["old-target"]
    # Seen from the other document too, where the base is not its own.
    found = audit(sister, sisters=[plan(mine)]).findings
    assert [f.statements[0] for f in found if f.rule == "old-target"] == ["one:life_expectancy"]
    # A target that was met exactly leaves nothing to say.
    met = row("life_expectancy", (2020, "target", 79.3, "79.3"), (2020, "statistic", 79.3, "79.3"),
              unit="years", statement="life_expectancy_old")  # fmt: skip
    assert "old-target" not in rules_of(mine, sisters=[plan(met, document="two")])
    reached = row("life_expectancy", (2020, "base", 81.33, "81.33"), unit="years")
    assert "old-target" not in rules_of(reached, sisters=[sister])


def test_targets_due_before_the_issue_are_reports():
    beds = row("care_beds", (2020, "base", 100), (2021, "target", 110), (2025, "target", 200))
    assert rules_of(beds, issued=dt.date(2023, 1, 6)) == ["retrospective"]
    assert rules_of(beds, issued=dt.date(2021, 1, 6)) == []


def test_carers_children_and_places():
    places = row("childcare_places", (2020, "base", 800), unit="places")
    few = row("childcare_staff", (2020, "base", 100), unit="persons")
    enough = row("childcare_staff", (2020, "base", 120), unit="persons")
    assert rules_of(places, few) == ["workforce"]
    assert rules_of(places, enough) == []


def test_a_capacity_target_without_a_target_for_its_staff():
    places = row("childcare_places", (2020, "base", 700), (2025, "target", 4200), unit="places")
    now = row("childcare_staff", (2020, "base", 100), unit="persons")
    (found,) = audit(plan(places, now)).findings
    assert (found.rule, found.severity) == ("workforce", "note")
    assert "= 600–1,400; childcare_staff 2020 100" in found.arithmetic("en")
    assert "6 times the staff or more" in found.implication("en")
    planned = row("childcare_staff", (2020, "base", 100), (2025, "target", 900), unit="persons")
    assert rules_of(places, planned) == []


def test_beds_for_each_carer_from_rates_alone():
    def rate(name, due, unit):
        return row(name, (2025, "target", due), unit=unit, basis_as_labelled="resident")

    beds = rate("institution_beds_per_1000_older", 30, "per 1,000 older people")
    carers = rate("certified_carers_per_10000_older", 28, "per 10,000 older people")
    nursing = rate("institution_nursing_bed_share", 60, "percent")
    (found,) = [f for f in audit(plan(beds, carers, nursing)).findings if f.rule == "workforce"]
    assert found.severity == "note"
    # 18 beds and 2.8 carers for 1,000 people.
    assert "30 × 60 % = 18;" in found.arithmetic("en")
    assert "28, which is 2.8 for as many; 6.429 [6.159–6.71]" in found.arithmetic("en")
    assert "workforce" not in rules_of(beds, nursing)


def test_a_count_that_a_ratio_implies():
    older = row("population_60plus", (2020, "base", 100_000), unit="persons")
    rate = row("professional_carers_per_10000_older", (2020, "base", 60, "60"),
               unit="per 10,000 older people")  # fmt: skip

    def found(number, *more):
        carers = row("carers", (2020, "statistic", number), unit="persons")
        findings = audit(plan(older, rate, carers, *more)).findings
        return [(f.rule, f.severity) for f in findings if f.severity != "missing"]

    assert found(600) == []
    assert found(500) == [("part", "contradiction")]  # 600 of 500
    assert found(900) == [("implied", "note")]
    # Over those aged 65 and over it may be 400, which is a part of 500.
    assert found(500, row("population_65plus", (2020, "base", 66_000), unit="persons")) == []
    staff = row("childcare_staff", (2020, "base", 100), unit="persons")
    share = row("childcare_staff_certified_share", (2020, "base", 82, "82%"), unit="percent")
    for holders, rules in ((90, ["part"]), (60, []), (11, ["implied"])):
        some = row("childcare_staff_with_certificate", (2020, "base", holders), unit="persons")
        assert rules_of(staff, share, some) == rules


def test_a_row_that_changes_its_denominator_breaks():
    places = row("childcare_places", (2020, "base", 3379), (2021, "target", 3673), unit="places")

    def per(base, due):
        return row(
            "childcare_places_per_1000", (2020, "base", base, f"{base}"),
            (2021, "target", due, f"{due}"), unit="per 1,000 people",
        )  # fmt: skip

    assert "break" in rules_of(places, per(1.12, 1.47))
    assert "break" not in rules_of(places, per(1.36, 1.47))


def missing(*rows, **more):
    return [f for f in audit(plan(*rows, **more)).findings if f.severity == "missing"]


def test_what_is_missing_is_said_once_for_all():
    undated = row("care_beds", (None, "target", 100))
    found = audit(plan(undated, row("nursing_beds", (2025, "target", 50)))).findings
    assert [f.rule for f in found] == ["no-base", "no-date"]
    assert all(f.severity == "missing" for f in found)


def test_what_another_sentence_states_is_not_missing():
    bare = row("nursing_beds", (2025, "target", 50))
    counted = row("nursing_beds", (2020, "statistic", 20), statement="nursing_beds_in_text")
    assert [f.rule for f in missing(bare)] == ["no-base"]
    assert missing(bare, counted) == []
    undated = row("care_beds", (None, "target", 100))
    dated = row("care_beds", (2025, "target", 100), (2020, "base", 90), statement="in_text")
    assert missing(undated, dated) == []
    assert missing(dataclasses.replace(undated, accumulates="year")) == []


def test_a_base_is_worked_out_where_the_rest_is_known():
    norm = row("childcare_places_per_1000", (2025, "target", 4.5), unit="per 1,000 people",
               basis_as_labelled="resident")  # fmt: skip
    places = row("childcare_places", (2020, "statistic", 3000), unit="places")
    people = row("population_resident", (2020, "statistic", 2_000_000), unit="persons")
    (found,) = missing(norm, places, people)
    assert found.arithmetic("en").endswith("population_resident 2020 2,000,000 = 1.5")
    (found,) = missing(norm, places)
    assert "worked out" not in found.arithmetic("en")


def test_open_denominators_say_what_hangs_on_them():
    def rate(**more):
        return row("childcare_places_per_1000", (2020, "base", 1), (2025, "target", 4),
                   unit="per 1,000 people", denominator="每千人口", **more)  # fmt: skip

    people = [
        row(f"population_{basis}", (2020, "statistic", number), unit="persons")
        for basis, number in (("resident", 2_000_000), ("registered", 3_000_000))
    ]
    (found,) = missing(rate(), *people)
    assert found.rule == "no-denominator"
    assert "population_resident 2020 2,000,000 = 8,000" in found.arithmetic("en")
    assert "population_registered 2020 3,000,000 = 12,000" in found.arithmetic("en")
    assert missing(rate(basis_as_labelled="resident"), *people) == []
    measured = dataclasses.replace(rate(), denominator="每千人口 (第七次人口普查)")
    assert missing(measured, *people) == []


def test_works_of_each_year_or_in_all():
    due = [(2024, "target", 20), (2025, "target", 50)]
    homes = row("home_adaptations", *due, unit="households")
    assert "no-period" in {f.rule for f in missing(homes)}
    for clear in (
        dataclasses.replace(homes, accumulates="plan period"),
        row("home_adaptations", due[1], unit="households"),
    ):
        assert "no-period" not in {f.rule for f in missing(clear)}


def test_a_document_without_a_date_and_one_without_figures():
    (found,) = missing(BEDS, issued=None)
    assert (found.rule, found.statements) == ("no-issue", ())
    assert audit(plan()).findings == ()
    assert audit(plan()).table().empty
    assert "findings: 0" in audit_text(audit(plan()), "en")


def test_lost_cells_are_shown():
    broken = dataclasses.replace(BEDS, points=(), legible=("≥90", "97.76"))
    (found,) = missing(broken)
    assert (found.rule, found.arithmetic("en")) == ("lost", "care_beds: ≥90 | 97.76")


def test_growth_from_nothing_is_not_recomputed():
    people = row("population_60plus", (2015, "base", 0), (2021, "statistic", 100), unit="persons")
    rate = row("population_60plus_growth_rate", (2021, "statistic", 4), unit="percent per year")
    assert "growth" not in rules_of(people, rate)
    people = row("population_60plus", (2015, "base", 1000), (2021, "statistic", 1265),
                 unit="persons")  # fmt: skip
    assert "growth" not in rules_of(people, rate)  # 4.00 % a year
    five = row("population_60plus_growth_rate", (2021, "statistic", 5), unit="percent per year")
    assert "growth" in rules_of(people, five)


# The packaged documents.


def statements(place, rule, document=None, severity=None):
    found = audit(load_plan(place, document=document)).findings
    return [f for f in found if f.rule == rule and severity in (None, f.severity)]


@pytest.fixture(scope="module")
def hangzhou():
    return audit("hangzhou")


@pytest.fixture(scope="module")
def ankang():
    return audit("ankang")


def test_hangzhou_labels_residents_registered(hangzhou):
    found = [f for f in hangzhou.findings if f.rule == "basis"]
    assert {f.statements[0] for f in found} == {"share_old_and_young", "population_old_and_young"}
    assert all(f.severity == "contradiction" for f in found)
    # 239万 over the residents of the bulletin is the printed 19.6 %.
    assert "= 19.584 [19.542–19.626]; printed 19.6" in found[0].arithmetic("en")


def test_the_gap_of_hangzhou_does_not_follow_from_its_stock(hangzhou):
    (found,) = [f for f in hangzhou.findings if f.rule == "gap"]
    assert {"childcare_shortfall", "childcare_places", "childcare_places_per_1000"} <= set(
        found.statements
    )
    assert "short by 29,000 only from a stock of 32,050 [30,100–34,080]" in found.arithmetic("en")


def test_ankang_changes_the_basis_within_a_row(ankang):
    (found,) = [f for f in ankang.findings if f.rule == "break"]
    assert found.statements[0] == "childcare_places_per_1000"
    assert "Registered population 2020 3,030,000" in found.implication("en")
    assert found.implication("en").endswith("growth is overstated.")
    # The residents that the document states, not a bulletin of nearly the same number.
    assert "Resident population 2020 2,490,000" in found.implication("en")


def test_ankang_promises_more_beds_per_person_than_beds(ankang):
    found = [f for f in ankang.findings if f.rule == "stock-rate" and f.severity == "contradiction"]
    assert [f.statements[0] for f in found] == ["care_beds_per_1000_older"]
    text = found[0].arithmetic("en")
    assert "it already asks for 31,380" in text
    # 27.34 % of 249万 by the document's own projection.
    assert "= 680,770 [679,270–682,260], it asks for 40,846 [40,756–40,935]" in text


def test_ankang_expects_more_old_people_than_would_live_and_stay(ankang):
    found = {f.statements[0] for f in ankang.findings if f.rule == "cohort"}
    assert found == {"share_60plus", "share_65plus"}


def test_the_two_documents_of_taizhou_differ():
    for document in ("five-year-plan", "solution-annex"):
        found = statements("taizhou-zhejiang", "two-documents", document)
        ids = {f.statements[0] for f in found}
        assert {"institution_nursing_bed_share", "certified_carers_per_10000_older"} <= ids
    (old,) = statements("taizhou-zhejiang", "old-target", "solution-annex")
    assert old.statements[0] == "life_expectancy"


# The forms.


def test_findings_come_heaviest_first_in_both_languages(ankang):
    order = [list(SEVERITIES).index(f.severity) for f in ankang.findings]
    assert order == sorted(order)
    records = json.loads(ankang.to_json("zh"))
    assert set(records[0]) == {
        "rule", "severity", "place", "document", "statements", "quotes", "arithmetic",
        "implication", "question",
    }  # fmt: skip
    assert len(ankang.table()) == len(records) == len(ankang.findings)
    page = ankang.to_markdown("zh")
    assert page.startswith("# 安康市")
    assert "## 矛盾" in page
    assert ankang.findings[0].quotes[0].split(" (")[0] in page
    assert "发现" in audit_text(ankang, "zh")
    assert "findings:" in audit_text(ankang, "en")


def test_every_rule_is_named():
    used = {f.rule for place in ("hangzhou", "ankang") for f in audit(place).findings}
    assert used <= set(RULES)
    assert len(ALL) == len(set(ALL))


def test_a_place_with_two_documents_needs_one_named():
    with pytest.raises(
        UnknownNameError, match=r"has 2 documents\. Choose document='five-year-plan'"
    ):
        audit("taizhou-zhejiang")


def test_a_language_that_is_not_known(ankang):
    for form in (ankang.records, ankang.table, ankang.to_json, ankang.to_markdown):
        with pytest.raises(UnknownNameError, match=r"lang 'fr' is not known\. Use 'zh' or 'en'"):
            form("fr")


def test_people_and_documents_of_another_place_are_refused():
    hangzhou = load_plan("hangzhou")
    with pytest.raises(YilaoError, match=r"plan is of hangzhou, .* with is of ankang"):
        audit(hangzhou, load_place("ankang"))
    with pytest.raises(YilaoError, match=r"plan is of hangzhou, .* with is of ankang"):
        audit(hangzhou, sisters=[load_plan("ankang")])


def test_the_sources_are_those_of_document_and_people(ankang):
    assert ankang.sources[0].startswith("安康市“一老一小”整体解决方案")
    assert any("World Population Prospects" in s for s in ankang.sources)
    assert audit(plan(BEDS)).sources == ["某市方案, 某市人民政府, 2021-06-01 (nowhere)"]


def test_a_plan_beside_a_census_of_your_own(tmp_path):
    groups = census_groups("ankang", 2020)
    lows = groups["age_low"].values.tolist()
    lines = [
        f"2020-11-01,resident,{sex},{low},{'' if after is None else after - 1},"
        f"{float(groups.sel(sex=sex, age_low=low)):.0f},persons"
        for sex in ("female", "male")
        for low, after in zip(lows, [*lows[1:], None], strict=True)
    ]
    path = tmp_path / "mine.csv"
    path.write_text("\n".join(["date,basis,sex,age_low,age_high,value,unit", *lines]), "utf-8")
    made = dataclasses.replace(load_plan("ankang"), place="mine")
    found = audit(made, read_place(path)).findings
    assert {f.statements[0] for f in found if f.rule == "cohort"} == {
        "share_60plus",
        "share_65plus",
    }
    assert not [f for f in found if f.rule == "above"]  # its province is not known


@pytest.mark.parametrize(
    ("stock", "sign", "rate_sign", "severity"),
    [
        (30_000, "=", "=", "contradiction"),  # 60 per 1,000 of those of 2020 are 31,380
        (30_000, ">=", "=", "note"),
        (33_000, "=", "=", "doubt"),  # enough for those of 2020, not for those projected
        (36_000, "=", "=", None),
        (45_000, "=", "=", "doubt"),
        (45_000, "=", ">=", None),
    ],
)
def test_a_stock_and_a_rate_meet_in_the_people_there_will_be(stock, sign, rate_sign, severity):
    older = row("population_60plus", (2020, "statistic", 523_000, "52.3万"), unit="persons")
    beds = bound("care_beds", stock, sign, (2020, "base", 25_261))
    rate = bound("care_beds_per_1000_older", 60, rate_sign, (2020, "base", 48.3, "48.3"),
                 unit="per 1,000 older people")  # fmt: skip
    found = audit(plan(older, beds, rate), read_ankang()).findings
    severities = [f.severity for f in found if f.rule == "stock-rate"]
    assert severities == ([severity] if severity else [])


@pytest.mark.parametrize(
    ("year", "number", "comparator", "severity"),
    [
        (2025, 600_000, "=", None),  # 594,000 to 598,000 are projected
        (2025, 640_000, "=", "doubt"),
        (2025, 700_000, "=", "contradiction"),
        (2025, 500_000, "=", "doubt"),
        (2025, 500_000, ">", None),
        (2035, 800_000, "=", None),  # 732,000 to 750,000; a longer projection misses by more
    ],
)
def test_old_people_are_those_alive(year, number, comparator, severity):
    made = row("population_60plus", (year, "projection", number), unit="persons")
    made = dataclasses.replace(
        made, points=(dataclasses.replace(made.points[0], comparator=comparator),)
    )
    found = audit(plan(made), read_ankang()).findings
    assert [f.severity for f in found if f.rule == "cohort"] == ([severity] if severity else [])


def read_ankang():
    """Ankang's people under the name of a place that is not packaged."""
    return dataclasses.replace(load_place("ankang"), id="own:ankang")


def test_registered_people_are_not_held_against_residents():
    """What the census, the bulletins and the projections count are residents."""
    ankang = load_plan("ankang")
    rules = {"cohort", "census", "above", "stock-rate", "users"}
    assert rules - {"above"} <= {f.rule for f in audit(ankang).findings}
    registered = [dataclasses.replace(i, basis_as_labelled="registered") for i in ankang.indicators]
    found = audit(dataclasses.replace(ankang, indicators=tuple(registered))).findings
    assert not rules & {f.rule for f in found}


def test_relations_are_between_known_concepts():
    from yilao.plan import concepts

    known = concepts()
    for kind in RELATIONS:
        for concept, others in relations(kind):
            names = {concept, *others} - {"nation", "province"}
            open_ones = {n for n in names if n not in known}
            # Denominators that no statement has by itself.
            assert open_ones <= {c.denominator for c in known.values()} | {
                c.numerator for c in known.values()
            }, (kind, open_ones)
    assert people_counted("population_60plus")[0].low == 60
    assert people_counted("care_beds") == ()


def test_intervals_use_every_operand_once():
    a, b = Quantity(10.0, 9.0, 11.0), Quantity(5.0, 4.0, 6.0)
    assert (a + b) == Quantity(15.0, 13.0, 17.0)
    assert (a - b) == Quantity(5.0, 3.0, 7.0)
    assert (a / b) == Quantity(2.0, 1.5, 2.75)
    assert (a * 2) == Quantity(20.0, 18.0, 22.0)
    assert exactly(9.0).meets(a)
    assert not exactly(8.9).meets(a)
    assert between([3.0, 1.0]).text("en") == "1–3"
    assert number(4_521_837, "en") == "4,521,837"
    assert (number(8.24146, "en"), number(25261, "zh")) == ("8.241", "2.5261万")
    assert (a / Quantity(0.0, 0.0, 1.0)).high == float("inf")
    bound = row("carers", (2020, "statistic", 5000, "5000余人"), unit="persons")
    more = Point(2020, "statistic", "5000余人", ">", value=5000.0)
    assert printed(bound, more) == Quantity(5000.0, 5000.0, float("inf"))
