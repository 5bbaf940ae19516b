"""How many childcare places does Hangzhou lack in 2025?  Ten lines, from census to answer."""

import yilao as yl

hz = yl.load_place("hangzhou")  # base population, rates, supply; each with its source
plan = yl.load_plan("hangzhou")  # what the plan says, each figure with its quote
proj = yl.project(hz.base, hz.rates("plan"), until=2035)

norm = plan["childcare_places_per_1000"].target(2025)  # 4.6, as promised for 2025
need = yl.demand.childcare_places(proj.population.sel(year=2025), per_1000=norm)
gap = yl.shortfall(need, hz.supply["childcare_places"], hold=True)  # 44,000 in October 2022

if __name__ == "__main__":
    yl.plot_gap(gap).figure.savefig("hangzhou_childcare.png", dpi=150)
    print(f"need {float(gap.need):,.0f}  supply {float(gap.supply):,.0f}  ", end="")
    print(f"short {float(gap.shortfall):,.0f} places")
    print(yl.citations(gap))
