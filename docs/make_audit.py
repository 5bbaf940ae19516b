"""Write docs/audit-ankang.md, the audit of Ankang and what it teaches: python docs/make_audit.py."""

from pathlib import Path

import yilao as yl

HERE = Path(__file__).parent

LESSONS = """\
# The audit of Ankang, and what it teaches 安康方案核查

`yilao audit ankang` examines the plan of Ankang (安康市“一老一小”整体解决方案) with rules that know no place; `yl.audit(plan)` gives the same as a table, Markdown or JSON. Every printed figure stands for an interval of half a unit of its last digit, and only what no figures inside the intervals can explain is a **contradiction**. What may have a reason that the document does not print is a **doubt**; what follows from the targets and should be known is a **note**; what is left out is **missing**. A finding accuses no author: it says which figures cannot stand together and what to ask.

**One row, two populations.** The places per 1,000 people begin at 1.12 in 2020. The 3,379 places over the 303万 registered people of the same document give that; over its 249万 residents they give 1.36, which its text prints. The targets from 2021 on are all over about 250万. On one basis the row rises from 1.36 to 4.73, not from 1.12: of the 0.35 that it seems to gain in 2021, 0.24 is the change of denominator.

**A rate and a stock that cannot both be kept.** 60 beds per 1,000 people aged 60 and over and 30,000 beds meet in 50万 people. The plan counts 52.3万 in 2020, for whom 60 per 1,000 are 31,380 beds already, and its own shares expect more in 2025. With 594,000 to 598,000 projected, 30,000 beds are 50 per 1,000; 60 per 1,000 are 35,700 to 35,900 beds.

**Nearly all would have to live and stay.** Whoever is 60 in 2025 was 55 in 2020, and the census counted 70.7万 of these. 27.34 % of the residents of 2020 would be 96 % of them, and of the 257万 behind the childcare target 99 %, while 84 to 85 % are projected to live and stay. For those over 65 it would take 98 to 101 %. Shares of 27.34 % and 20.62 % need a city of 217 to 219万 and of 202 to 204万 people, which the document expects nowhere.

**What a target asks of what exists.** A nursing share of 60 % of 30,000 beds is 18,000; there were 2,781, and only 4,739 beds are to be added. At least 10,480 beds that exist must become nursing beds, 41 % of all: a programme of its own, which a share does not show.

**What only two sentences together show.** New areas must have at least 10 places per 1,000 people by the text, and 5 to 9 by the table until 2024. 12,156 places ask for 1,737 carers of children or more; 410 people work there, and no target says where the others come from. The table of adapted homes (2,000, 3,000, 5,000) does not say whether these add up to 10,000 or are 5,000 in all.

**What the rules do not say.** They do not tell which of two figures is wrong, and they see only what is printed. A sound statement may still be out of reach, and a contradiction may be a slip of the pen. The projections that some rules use have their own misses ([method.md](method.md)); the rules leave 3 to 10 % for these, by the kind of statement.

The arithmetic of every finding, with its interval in brackets:

"""


def build() -> str:
    """The page: what it teaches, and all findings in English and Chinese."""
    found = yl.audit("ankang")
    parts = []
    for lang, name in (("en", "In English"), ("zh", "中文")):
        page = "\n" + found.to_markdown(lang, quotes=False).split("\n", 2)[2]
        deeper = page.replace("\n### ", "\n#### ").replace("\n## ", "\n### ")
        parts.append(f"## {name}\n\n{deeper.strip()}")
    return LESSONS + "\n\n".join(parts) + "\n"


if __name__ == "__main__":
    (HERE / "audit-ankang.md").write_text(build(), encoding="utf-8")
