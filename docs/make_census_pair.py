"""Write the table of docs/census-pair.md again: python docs/make_census_pair.py."""

import re
from pathlib import Path

from yilao.backtest import missing_without_migration
from yilao.place import load_place

PAGE = Path(__file__).parent / "census-pair.md"
PLACES = {"hangzhou": "Hangzhou", "ankang": "Ankang", "china": "China"}
TABLE = re.compile(r"(?<=<!-- table -->\n).*?(?=\n<!-- end -->)", re.DOTALL)


def build() -> str:
    """The table: thousands of people for the cities, per cent for them and for China."""
    tables = {
        place: missing_without_migration(load_place(place))
        .groupby("age")[["counted", "projected", "missing"]]
        .sum()
        for place in PLACES
    }
    cities = [p for p in PLACES if p != "china"]
    head = ["age in 2020"]
    for place in cities:
        name = PLACES[place]
        head += [f"{name}: counted", "nobody moves", "missing", "missing, %"]
    head.append("China: missing, %")
    lines = [head, ["---", *["---:"] * (len(head) - 1)]]
    ages = tables["china"].index
    for age in [*ages, None]:
        label = "all" if age is None else "85+" if age == ages[-1] else f"{age}-{age + 4}"
        row = [label]
        for place, table in tables.items():
            cell = table.sum() if age is None else table.loc[age]
            if place != "china":
                row += [f"{cell[c] / 1000:,.1f}" for c in ("counted", "projected")]
                row.append(f"{cell['missing'] / 1000:+,.1f}")
            share = round(cell["missing"] / cell["projected"] * 100)
            row.append(f"{share:+d}" if share else "0")
        lines.append(row)
    return "\n".join(f"| {' | '.join(row)} |" for row in lines)


def main() -> None:
    page = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(TABLE.sub(build(), page), encoding="utf-8")


if __name__ == "__main__":
    main()
