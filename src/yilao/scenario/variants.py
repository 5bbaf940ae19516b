"""Variants: rates put together into what a projection eats.

Mortality is China's by World Population Prospects, moved to the place's published life expectancy;
fertility is China's age pattern at the place's level relative to China; migration tells the
variants apart.
"""

from __future__ import annotations

import numpy as np
import xarray as xr

from yilao import facts, fertility, migration
from yilao.engine import UN, Rates, lay_out, project_members
from yilao.facts import Figure
from yilao.scenario.inputs import BASE_YEAR, EDITION, LAST_YEAR, Inputs, missing_for
from yilao.scenario.levels import census_fertility, mortality_level, net_migration, survival
from yilao.schema import OPEN_AGE, YilaoError


def net_migration_2021(inputs: Inputs) -> float:
    """Net migrants of 2021, persons: change of the official totals less natural increase.

    Births and deaths are the printed crude rates times the mean of the two year-end totals.
    """
    totals = inputs.totals
    before, after = totals[BASE_YEAR].value, totals[BASE_YEAR + 1].value
    mean = (before + after) / 2
    births = inputs.birth_rates[BASE_YEAR + 1].value / 1000 * mean
    deaths = inputs.death_rates[BASE_YEAR + 1].value / 1000 * mean
    return after - before - births + deaths


def rates(inputs: Inputs, variant: str, start: xr.DataArray, until: int) -> xr.Dataset:
    """Rates of a variant for the years after ``start`` up to ``until``.

    Parameters
    ----------
    inputs : what is known of the place.
    variant : ``plan``, ``trend`` or ``no-migration``.
    start : base population (sex, age) with its year.
    until : last year, 2050 at most.

    Raises
    ------
    UnknownNameError
        The variant does not exist.
    YilaoError
        Something the variant needs is not known; the message names it.
    """
    if missing := missing_for(variant, inputs):
        raise YilaoError(
            f"variant {variant!r} cannot be computed here: {', '.join(missing)} "
            f"{'is' if len(missing) == 1 else 'are'} not known. Choose another variant."
        )
    first = int(start["year"]) + 1
    if not first <= until <= LAST_YEAR:
        raise YilaoError(f"until: {until} is outside {first} to {LAST_YEAR}, the years with rates.")
    years = list(range(first, until + 1))
    edition = EDITION[variant]
    data = xr.Dataset(attrs={"variant": variant, "edition": edition})
    data["survival_ratio"] = survival(inputs, edition, years)
    srb = fertility.wpp_annual(edition, "sex_ratio_at_birth").loc[years]
    data["srb"] = xr.DataArray(
        srb.to_numpy(dtype=float),
        dims=("year",),
        coords={"year": years},
        attrs={
            "units": "males per female",
            "sources": [facts.source(f"wpp{edition}_sex_ratio_at_birth.csv")],
        },
    )
    data["asfr_pattern"] = fertility.wpp_asfr_pattern(edition, years)
    if variant == "trend":
        data = data.assign(_flows_by_age(net_migration(inputs), start, years))
    elif variant == "plan":
        profile = migration.profile(net_migration(inputs))
        data["migration_profile"] = profile
        data["migration_total"] = xr.DataArray(
            np.full(len(years), net_migration_2021(inputs)),
            dims=("year",),
            coords={"year": years},
            attrs={"units": "persons per step", "sources": _figure_sources(inputs)},
        )
    relative, note = _fertility_level(inputs, edition, start, data)
    data["tfr"] = fertility.tfr_path(edition, relative, years)
    data["tfr"].attrs["sources"] = [*data["tfr"].attrs["sources"], *note]
    data.attrs["relative_fertility"] = relative
    data.attrs["mortality_level"] = mortality_level(inputs, edition)
    for name in data.data_vars:
        # The levels are those of residents: a registered base must not be projected with them.
        data[name].attrs["basis"] = "resident"
    return data


def _flows_by_age(
    yearly: xr.DataArray, start: xr.DataArray, years: list[int]
) -> dict[str, xr.DataArray]:
    """Net migration by age as arrivals in numbers and departures as rates.

    Where more come than leave, the number goes on; where more leave, their share of the people of
    that age in the base goes on, since a constant number would in the end be more than there are.
    In the first year both are the numbers of the residual.
    """
    people = start.transpose("sex", "age").values
    leaving = np.where(yearly.values < 0, -yearly.values, 0.0)
    # Nobody can leave an age that nobody has.
    rate = np.divide(leaving, people, out=np.zeros_like(leaving), where=people > 0)
    coming = np.where(yearly.values > 0, yearly.values, 0.0)
    found = {}
    for name, values, units in (
        ("immigration", coming, "persons per step"),
        ("emigration_rate", rate, "per person per year"),
    ):
        array = yearly.copy(data=values).rename(name).expand_dims(year=years)
        found[name] = array.assign_attrs({**yearly.attrs, "units": units})
    return found


def _figure_sources(inputs: Inputs) -> list[str]:
    held = [inputs.totals, inputs.birth_rates, inputs.death_rates]
    return [
        f"{f.variable} {f.year}: {f.source}"
        for group in held
        for f in group.values()
        if f.year in (BASE_YEAR, BASE_YEAR + 1)
    ]


def _births(inputs: Inputs, year: int) -> tuple[float, Figure] | None:
    """Births of a year to residents: the printed number, or the printed rate times the mean."""
    if year in inputs.births:
        return inputs.births[year].value, inputs.births[year]
    if year in inputs.birth_rates and {year - 1, year} <= set(inputs.totals):
        mean = (inputs.totals[year - 1].value + inputs.totals[year].value) / 2
        return inputs.birth_rates[year].value / 1000 * mean, inputs.birth_rates[year]
    return None


def _fertility_level(
    inputs: Inputs, edition: str, start: xr.DataArray, data: xr.Dataset
) -> tuple[float, list[str]]:
    """Level relative to the nation: from the births of 2021 where they are published.

    Births are linear in the total fertility rate, so one step at the nation's rate gives the level.
    Without them the infants of the census show it.
    """
    year = BASE_YEAR + 1
    counted = _births(inputs, year)
    if counted is None:
        return census_fertility(inputs, edition), list(inputs.census_2020.attrs["sources"])
    national = float(fertility.wpp_annual(edition, "tfr")[year])
    # The women of 2021 were those who really came and stayed, whatever a variant assumes after.
    moved = np.zeros((1, 2, OPEN_AGE + 1))
    if not missing_for("plan", inputs):
        moved[0] = migration.profile(net_migration(inputs)).values * net_migration_2021(inputs)
    elif not missing_for("trend", inputs):
        moved[0] = net_migration(inputs).values
    step = Rates(
        survival=data["survival_ratio"].sel(year=[year]).values,
        asfr=data["asfr_pattern"].sel(year=[year]).values * national,
        srb=data["srb"].sel(year=[year]).values,
        migration=moved,
    )
    done = project_members(lay_out(start.values, step), UN, ["births"])
    at_national = float(done.arrays["births"].sum())
    births, figure = counted
    return births / at_national, [f"births {year}: {figure.source}"]
