"""The audit of the packaged documents: what a careful reader finds, and nothing that is sound."""

import pytest

from yilao.examine import audit
from yilao.plan import load_plan

# Rule, severity and first statement of everything found but what is missing.
FOUND = {
    "ankang": """
        contradiction ratio nursing_bed_share
        contradiction ratio inclusive_childcare_institution_share
        contradiction break childcare_places_per_1000
        contradiction stock-rate care_beds_per_1000_older
        contradiction cohort share_60plus
        contradiction cohort share_65plus
        contradiction mean parenting_guidance_rate
        contradiction conflict childcare_institutions_registered
        contradiction conflict childcare_places_per_1000
        doubt ratio care_beds_per_1000_older
        doubt stock-rate childcare_places_per_1000
        doubt census population_0_3
        doubt size childcare_places
        doubt size inclusive_place_share
        doubt workforce childcare_places
        doubt workforce clients_per_institution_carer
        doubt norm childcare_places_per_1000_new_areas_in_text
        doubt jump home_and_community_care_coverage
        note implied professional_carers_per_10000_older
        note implied childcare_staff_certified_share
        note overlap nursing_bed_share
        note conversion nursing_bed_share
        note conversion guaranteed_and_inclusive_bed_share
        note users childcare_places
        note workforce childcare_places
        note floor willing_destitute_support_rate
        note retrospective pension_enrolment_rate""",
    "hangzhou": """
        contradiction basis share_old_and_young
        contradiction basis population_old_and_young
        contradiction gap childcare_shortfall
        note users childcare_places""",
    "taizhou-jiangsu": """
""",
    "taizhou-zhejiang five-year-plan": """
        contradiction two-documents institution_nursing_bed_share
        contradiction two-documents certified_carers_per_10000_older
        contradiction unit work_deaths_per_100m_gdp
        contradiction old-target solution-annex:life_expectancy
        doubt conflict good_air_share
        doubt two-documents parenting_knowledge_rate
        doubt label pension_enrolment_rate
        doubt same-figure food_safety_satisfaction_13th_plan
        note label surface_water_above_3_share
        note definition solution-annex:institution_beds_per_1000_older
        note definition township_childcare_institution_coverage
        note floor disabled_preschool_enrolment_rate
        note floor medical_insurance_enrolment_rate
        note base-year sports_gdp_share""",
    "taizhou-zhejiang solution-annex": """
        contradiction two-documents institution_nursing_bed_share
        contradiction two-documents certified_carers_per_10000_older
        contradiction old-target life_expectancy
        doubt coverage inclusive_childcare_institutions_per_township
        doubt two-documents parenting_knowledge_rate
        doubt label pension_enrolment_rate_registered
        note workforce institution_nursing_bed_share
        note definition institution_beds_per_1000_older
        note definition five-year-plan:township_childcare_institution_coverage
        note floor infant_health_management_rate
        note floor medical_insurance_enrolment_rate""",
}
# Recomputed by hand from the documents and sound: no contradiction, no doubt.
SOUND = {
    "ankang": """
        share_0_3 share_60plus_above_nation share_60plus_above_province share_65plus_above_nation
        share_65plus_above_province population_65plus life_expectancy pension_enrolment_rate
        new_estate_care_facility_rate childcare_places_in_text nursing_bed_share_in_text""",
    "hangzhou": """
        population_60plus population_under_3 share_60plus_registered population_60plus_growth_rate
        population_60plus_registered_growth_rate population_under_3_growth_rate
        population_60plus_annual_increase age_friendly_communities national_age_friendly_communities
        health_management_rate_65plus certified_carers_per_10000_older""",
    "taizhou-jiangsu": """
        age_friendly_communities_new institution_nursing_bed_share childcare_places_per_1000""",
    "taizhou-zhejiang five-year-plan": """
        life_expectancy share_65plus population_peak_year plan_indicators plan_indicators_met
        plan_indicators_behind older_health_management_rate childcare_places_per_1000
        pension_enrolment_rate_13th_plan medical_insurance_enrolment_rate new_urban_jobs
        inclusive_kindergarten_children_share public_kindergarten_children_share
        housing_security_coverage physicians_per_1000 social_care_beds_per_1000_older
        balanced_education_county_share compulsory_education_retention""",
    "taizhou-zhejiang solution-annex": """
        older_health_management_rate childcare_places_per_1000 inclusive_place_share
        childcare_staff_certified_share infant_health_management_rate lottery_fund_share_elder_care
        dementia_beds_per_10000_older township_home_care_centre_coverage""",
}


def audited(name):
    place, _, document = name.partition(" ")
    plan = load_plan(place, document=document or None)
    return plan, audit(plan).findings


@pytest.mark.parametrize("name", SOUND)
def test_what_is_sound_is_not_accused(name):
    plan, findings = audited(name)
    sound = set(SOUND[name].split())
    assert sound <= {i.statement for i in plan.indicators}
    # The others of a finding are what the first is held against; floors are a list.
    accused = {
        s
        for f in findings
        if f.severity in ("contradiction", "doubt")
        for s in (f.statements if f.rule == "floor" else f.statements[:1])
    }
    assert not accused & sound


@pytest.mark.parametrize("name", FOUND)
def test_what_is_found(name):
    _, findings = audited(name)
    found = [(f.severity, f.rule, f.statements[0]) for f in findings if f.severity != "missing"]
    assert found == [tuple(line.split()) for line in FOUND[name].strip().splitlines()]


@pytest.mark.parametrize("name", FOUND)
def test_every_finding_speaks_both_languages(name):
    for f in audited(name)[1]:
        assert len(f.quotes) == len(f.statements)
        assert f.statements or f.severity == "missing"
        for words in (f.arithmetic, f.implication, f.question):
            assert words.zh.strip()
            assert "nan" not in words.en
        # Names of documents and places in them are Chinese; what is asked is not.
        assert f.question.en.isascii() or "“" in f.question.en
