"""Write docs/claims.md, the plans' own projections beside the engine's: python docs/make_claims.py."""

from pathlib import Path

import yilao as yl
from yilao import report

HERE = Path(__file__).parent

LESSONS = """\
# The plans' own projections, recomputed 文件中的人口预计数，逐一重算

`yilao claims [place]` sets every demographic figure of the five documents beside the engine's, and solves for what would make each expected one true; `yl.claims()` gives the same as a table. Nothing is tuned: the variants are those of [method.md](method.md), and a solved value is shown as an assumption beside what the variant has.

**What holds.** Hangzhou's figures are near what the engine gives *for residents*. Under `plan` and `trend` 264万 aged 60 and over in 2025 is missed by 0.2 to 0.4 %, too much to lie within the printed digits but not more than the 0.4 to 0.5 % by which the engine is already above the bulletin of 2021; 292万 by 0.3 to 0.6 %, less than the engine's own excess of 1.2 to 1.3 % over the 239万 of 2021. The 22 % holds under both. The last two are labelled 户籍 (registered); they hold of residents, and no ages of registered people are packaged to examine the label with. The range of 25万 to 30万 under three holds in all five years if people keep arriving; without migration it breaks in 2024, and to reach 25万 in 2025 it needs a net inflow of 179,000 a year. Taizhou (Zhejiang) makes three statements that one assumption satisfies together: with a net inflow of 25,700 a year, 63 % of the pace of 2010-2020, its population peaks in 2033, and the same flow gives 16.6 % aged 65 and over in 2025, which rounds to the printed 17 %, and more than 20 % in 2030. At the full pace the peak comes in 2042 and 2025 has 16.4 %; without migration the population falls from the start. That this was its authors' assumption is not known.

**What does not.** Ankang's 27.34 % and 20.62 % for 2025 are higher than anything the engine gives: 24.5 to 25.6 % and 17.2 to 18.0 %. Its base is not the reason: those aged 60 and over in 2020 agree. No one assumption gives both: net departures would have to be 56,600 a year for the first and 89,400 for the second, where 24,300 are projected; life expectancy would have to be 85.3 and 92.5 years beside the departures of the trend, where the document's own target is 77.3. Fertility gives neither. The second says what is odd: those aged 65 and over in 2025 are those aged 60 and over in 2020, who were 20.98 % then, so that at 20.62 % of the 2.32 to 2.44 million residents projected 91 to 96 % of them would still be there, where the engine has 80 %. How the document came to its figures it does not say. Its 4.5万 children "aged 0-3" cannot be judged: the 6.5万 it counts for 2020 are a sixth fewer than the base has under three and two fifths fewer than with the three-year-olds, so that neither reading is the one it counts by. Life expectancy is a target and no forecast: the targets of Ankang and Taizhou (Zhejiang) for 2025 ask for more than China's path in World Population Prospects 2024 gives at their level, by 1.6 and 0.3 years. The document of Taizhou (Jiangsu) states no figure of the population.

Limits: the misses of the base and of the first year (method.md) are in every figure above; a flow multiplied by one factor keeps its ages, so that a different mix of ages could give a printed figure with fewer people.
"""


def build() -> str:
    """The page: what it teaches, and the table as printed in both languages."""
    answer = yl.claims()
    blocks = [f"```\n{report.claims_text(answer, lang)}\n```" for lang in ("en", "zh")]
    return "\n".join(
        [
            LESSONS,
            "## yilao claims --lang en\n",
            blocks[0],
            "",
            "## yilao claims --lang zh\n",
            blocks[1],
            "",
        ]
    )


if __name__ == "__main__":
    (HERE / "claims.md").write_text(build(), encoding="utf-8")
