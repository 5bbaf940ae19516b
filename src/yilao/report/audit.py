"""The audit of a plan as a page in the shell."""

from __future__ import annotations

from yilao.examine import RULES, SEVERITIES, Audit

_WORDS = {
    "zh": (
        "涉及",
        "原文",
        "算式",
        "推论",
        "请作者答复",
        "，另 {n} 项",
        "发现 {n} 条：{parts}",
        "发现 0 条。",
    ),
    "en": (
        "statements",
        "quotes",
        "arithmetic",
        "follows",
        "ask",
        " and {n} more",
        "findings: {n} ({parts})",
        "findings: 0",
    ),
}
# More statements than these are a list, of which the first stand for all; the rest is in JSON.
_LISTED = 6


def audit_text(audit: Audit, lang: str) -> str:
    """Findings by severity: statements with quotes, arithmetic, what follows, what to ask."""
    named, quoted, worked, follows, ask, more, counted, nothing = _WORDS[lang]
    lines = [audit.plan.title, ""]
    parts = []
    for severity, name in SEVERITIES.items():
        count = sum(f.severity == severity for f in audit.findings)
        if count:
            parts.append(f"{name(lang)} {count}")
    joined = ("，" if lang == "zh" else ", ").join(parts)
    lines.append(counted.format(n=len(audit.findings), parts=joined) if parts else nothing)
    for number, f in enumerate(audit.findings, 1):
        lines += ["", f"{number}. [{SEVERITIES[f.severity](lang)}] {RULES[f.rule](lang)}"]
        colon = "：" if lang == "zh" else ": "
        rest = len(f.statements) - _LISTED
        shown = ", ".join(f.statements[:_LISTED]) + (more.format(n=rest) if rest > 0 else "")
        for label, text in (
            (named, shown),
            (quoted, "" if rest > 0 else "\n".join(f.quotes)),
            (worked, f.arithmetic(lang)),
            (follows, f.implication(lang)),
            (ask, f.question(lang)),
        ):
            if text:
                lines.append(f"   {label}{colon}" + text.replace("\n", "\n      "))
    return "\n".join(lines)
