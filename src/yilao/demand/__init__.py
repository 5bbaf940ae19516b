"""What people need: places, beds, carers, area.

A model is an array of weights (measure, [year,] sex, age): ``apply`` sums a population with it,
``yilao.project_sums`` does so inside the projection.
"""

from yilao.demand.bed_norms import (
    CARE,
    HOME,
    MEDICAL,
    bed_rates,
    bed_rates_source,
    beds,
    beds_by_age,
)
from yilao.demand.care_prevalence import TRENDS, care_definitions, care_need, prevalence
from yilao.demand.childcare import (
    childcare_places,
    places_by_enrolment,
    places_by_norm,
    residential_area_places,
)
from yilao.demand.classes import (
    ClassRule,
    children_by_class,
    class_standard,
    institutions_for,
    pack_classes,
)
from yilao.demand.conversion import convert_beds
from yilao.demand.enrolment import (
    enrolment_rate,
    places_per_1000,
    places_per_1000_of_enrolment,
    places_per_child,
)
from yilao.demand.floor_area import care_land, existing_estate_rooms, new_estate_rooms
from yilao.demand.institutions import (
    beds_of_need,
    beds_per_1000,
    institution_share,
    propensity_of,
)
from yilao.demand.kindergarten import free_kindergarten_seats
from yilao.demand.model import KINDS, by_age, per_people, weights
from yilao.demand.nursing import (
    dementia_beds,
    family_care_beds,
    nursing_beds,
    rehabilitation_beds,
)
from yilao.demand.parameter_table import parameter, parameters
from yilao.demand.staff import carers, certified_carers, childcare_staff
from yilao.demand.stock_flow import (
    break_even_turnover,
    required_intake,
    training_pipeline,
    workforce,
)
from yilao.demand.sullivan import disability_free_life_expectancy
from yilao.demand.sums import apply, together
from yilao.demand.totals import exclusive, total

__all__ = [
    "CARE",
    "HOME",
    "KINDS",
    "MEDICAL",
    "TRENDS",
    "ClassRule",
    "apply",
    "bed_rates",
    "bed_rates_source",
    "beds",
    "beds_by_age",
    "beds_of_need",
    "beds_per_1000",
    "break_even_turnover",
    "by_age",
    "care_definitions",
    "care_land",
    "care_need",
    "carers",
    "certified_carers",
    "childcare_places",
    "childcare_staff",
    "children_by_class",
    "class_standard",
    "convert_beds",
    "dementia_beds",
    "disability_free_life_expectancy",
    "enrolment_rate",
    "exclusive",
    "existing_estate_rooms",
    "family_care_beds",
    "free_kindergarten_seats",
    "institution_share",
    "institutions_for",
    "new_estate_rooms",
    "nursing_beds",
    "pack_classes",
    "parameter",
    "parameters",
    "per_people",
    "places_by_enrolment",
    "places_by_norm",
    "places_per_1000",
    "places_per_1000_of_enrolment",
    "places_per_child",
    "prevalence",
    "propensity_of",
    "rehabilitation_beds",
    "required_intake",
    "residential_area_places",
    "together",
    "total",
    "training_pipeline",
    "weights",
    "workforce",
]
