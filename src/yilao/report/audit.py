"""The audit of a plan as a page in the shell."""

from __future__ import annotations

from yilao.examine import RULES, SEVERITIES, Audit

_WORDS = {
    "zh": ("涉及", "算式", "推论", "请作者答复", "发现 {n} 条：{parts}", "没有发现问题。"),
    "en": (
        "statements",
        "arithmetic",
        "follows",
        "ask",
        "{n} findings: {parts}",
        "Nothing was found.",
    ),
}


def audit_text(audit: Audit, lang: str) -> str:
    """Findings by severity: statements, arithmetic, what follows, what to ask the authors."""
    named, worked, follows, ask, counted, nothing = _WORDS[lang]
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
        for label, text in (
            (named, ", ".join(f.statements)),
            (worked, f.arithmetic(lang)),
            (follows, f.implication(lang)),
            (ask, f.question(lang)),
        ):
            if text:
                lines.append(f"   {label}{colon}" + text.replace("\n", "\n      "))
    return "\n".join(lines)
