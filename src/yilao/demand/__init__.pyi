from .bed_norms import (
    CARE,
    HOME,
    MEDICAL,
    bed_rates,
    bed_rates_source,
    beds,
    beds_by_age,
)
from .care_prevalence import TRENDS, care_definitions, care_need, prevalence
from .childcare import (
    childcare_places,
    places_by_enrolment,
    places_by_norm,
    residential_area_places,
)
from .classes import (
    ClassRule,
    children_by_class,
    class_standard,
    institutions_for,
    pack_classes,
)
from .conversion import convert_beds
from .enrolment import (
    enrolment_rate,
    places_per_1000,
    places_per_1000_of_enrolment,
    places_per_child,
)
from .floor_area import care_land, existing_estate_rooms, new_estate_rooms
from .institutions import (
    beds_of_need,
    beds_per_1000,
    institution_share,
    propensity_of,
)
from .kindergarten import free_kindergarten_seats
from .model import KINDS, by_age, per_people, weights
from .nursing import (
    dementia_beds,
    family_care_beds,
    nursing_beds,
    rehabilitation_beds,
)
from .parameter_table import parameter, parameters
from .staff import carers, certified_carers, childcare_staff
from .stock_flow import (
    break_even_turnover,
    required_intake,
    training_pipeline,
    workforce,
)
from .sullivan import disability_free_life_expectancy
from .sums import apply, together
from .totals import exclusive, total

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
