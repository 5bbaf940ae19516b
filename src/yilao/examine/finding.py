"""What an audit finds: a rule, its weight, statements with quotes, arithmetic, what follows."""

from __future__ import annotations

from dataclasses import dataclass

from yilao.examine.quantity import Words

# Heaviest first.
SEVERITIES: dict[str, Words] = {
    "contradiction": Words("矛盾", "contradiction"),
    "doubt": Words("存疑", "doubt"),
    "note": Words("说明", "note"),
    "missing": Words("缺失", "missing"),
}
RULES: dict[str, Words] = {
    "ratio": Words("比率与分子分母不符", "ratio is not numerator over denominator"),
    "basis": Words("口径与标注不符", "basis is not the one labelled"),
    "break": Words("同一行换了口径", "basis changes within a row"),
    "stock-rate": Words("总量目标与比率目标不合", "stock and rate targets disagree"),
    "gap": Words("缺口推不出来", "gap does not follow"),
    "conversion": Words("占比目标要求的改造", "conversions that a share forces"),
    "size": Words("隐含的平均规模", "implied mean size"),
    "users": Words("隐含的人均供给", "implied supply per user"),
    "cohort": Words("同批人口上限", "cohort bound"),
    "census": Words("与普查或公报不符", "not as in census or bulletin"),
    "growth": Words("增速重算不符", "growth is not as recomputed"),
    "above": Words("与上级地区之差不符", "difference to a larger area"),
    "part": Words("部分大于整体", "part exceeds whole"),
    "implied": Words("比率推得的数量", "count that a ratio implies"),
    "sum": Words("各部分之和不符", "parts do not add up"),
    "mean": Words("总体超出各组范围", "mean outside its parts"),
    "coverage": Words("配置要求与覆盖率不合", "one in each, yet not all covered"),
    "overlap": Words("两项占比必然重叠", "shares that must overlap"),
    "workforce": Words("人手与容量", "workforce and capacity"),
    "conflict": Words("同一指标两处不同", "one thing stated twice"),
    "two-documents": Words("两份文件不一", "two documents differ"),
    "unit": Words("单位不一", "units differ"),
    "label": Words("名称不同、数字相同", "two names, same figures"),
    "definition": Words("名称相近、定义不同", "near in name, not in definition"),
    "norm": Words("目标低于现行标准", "targets below a norm that stands"),
    "old-target": Words("基数等于旧目标", "base equals an old target"),
    "floor": Words("目标不优于基数", "target asks for no more than the base"),
    "jump": Words("单年跳升", "jump in one year"),
    "retrospective": Words("印发时已到期", "due before the issue"),
    "same-figure": Words("不同指标数字相同", "different rows, same figure"),
    "base-year": Words("基数年份不同", "base of another year"),
    "lost": Words("单元格丢失", "cells lost"),
    "no-base": Words("缺基数", "no base"),
    "no-denominator": Words("分母未写明", "denominator not stated"),
    "no-date": Words("未写时限", "no date"),
    "no-issue": Words("未写印发日期", "no date of issue"),
    "no-period": Words("未写当年或累计", "of the year or in all"),
}


@dataclass(frozen=True)
class Finding:
    """One finding; every text is in Chinese and English (``finding.arithmetic("zh")``).

    Attributes
    ----------
    rule, severity : of ``RULES`` and ``SEVERITIES``.
    place, document : of the plan that is audited.
    statements : ids of the statements involved; those of another document as ``document:id``.
    quotes : as printed, one for each statement.
    arithmetic : the calculation with its numbers and the interval that rounding leaves.
    implication : what follows.
    question : what to ask the authors.
    """

    rule: str
    severity: str
    place: str
    document: str
    statements: tuple[str, ...]
    quotes: tuple[str, ...]
    arithmetic: Words
    implication: Words
    question: Words
