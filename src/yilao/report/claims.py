"""The demographic statements of documents beside the engine's figures, as a page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby

from yilao.plan import UNIT_WORDS
from yilao.report.notes import MISSING_ZH, VARIANT_ZH
from yilao.report.text import table
from yilao.reproduce import PLAUSIBLE, Assumption, Claim, Claims, Reproduction
from yilao.scenario import DESCRIPTION, VARIANTS
