"""Question + quote → the places in the quote that stand out: the figure, date or body asked for, else the words asked about."""

import re
from collections.abc import Sequence
from itertools import pairwise

from assistant.datatypes import Asks, Question
from assistant.overlap import Words, asked_words, cover
from vectorstore.datatypes import Span
from vectorstore.folding import fold

# A word counts as telling if it is at least so rare, as a share of the rarest
_TELLING = 0.4
_CLAUSE_ENDS = re.compile(r"[,，。;；!！?？\n]")
_UNITS = "个百分点|平方米|平方公里|公里|万人次|人次|[家个张处条所座套件项场次辆台支组间栋岁天届户人名米亩吨%元倍]"
_SOUGHT: dict[Asks, re.Pattern[str]] = {
    "figure": re.compile(
        rf"\d[\d,.]*(?:[-—~至]\d[\d,.]*)?[余多]?[百千万亿]*[余多]?(?:{_UNITS})?|[一二三四五六七八九十百千两]+(?:{_UNITS})"
    ),
    "when": re.compile(
        r"(?:\d{4}年)?(?:\d{1,2}月)?(?:\d{1,2}日|上旬|中旬|下旬)|\d{4}年(?:\d{1,2}月)?(?:底|末|内|前)?|\d{1,2}月(?:底|前)?"
        r"|[“\"]?十[一二三四五六]五[”\"]?(?:期间|末|时期)?|年[底内]前?|(?:上|下)半年|第[一二三四]季度|\d{1,2}[:点]\d{0,2}"
    ),
    "who": re.compile(
        r"(?:责任(?:单位|部门|人)|牵头(?:单位|部门)?|主管|承办)[:](?P<named>[^)。;]+)"
        r"|[\u4e00-\u9fff]{2,10}(?:局|委|办|中心|公司|领导小组|工作专班|部门|政府|办事处|委员会)"
    ),
}


def answering_spans(question: Question, text: str) -> tuple[Span, ...]:
    """Return the places of a quote's text that answer, in order and apart from each other; none where nothing tells.

    A figure, date or body is looked for in the clauses that hold most of the question's words.
    """
    view, words = fold(text), asked_words(question)
    sought = _SOUGHT.get(question.asks)
    found: list[Span] = []
    if sought:
        found = [span for clause in _clauses(view, words) for span in _matches(sought, view, clause)]
        found = found or _matches(sought, view, Span(0, len(view)))
    return _apart(found or [span for word in _telling(words) for span in _places(word, view)])


def _telling(words: Words) -> list[str]:
    """Return the words that tell what is asked about: 养老 rather than 服务, and no character that is part of others' words."""
    long = [(word, rarity) for word, rarity in words if len(word) > 1]
    rarest = max((rarity for _, rarity in long), default=0.0)
    return [word for word, rarity in long if rarity >= _TELLING * rarest]


def _clauses(view: str, words: Words) -> list[Span]:
    """Return the clauses that hold most of the words; all of them where none holds any."""
    ends = [0, *(match.end() for match in _CLAUSE_ENDS.finditer(view)), len(view)]
    clauses = [Span(start, end) for start, end in pairwise(ends) if start < end]
    covers = [cover(words, clause.of(view)) for clause in clauses]
    most = max(covers, default=0.0)
    return [clause for clause, held in zip(clauses, covers, strict=True) if held >= 0.8 * most]


def _matches(sought: re.Pattern[str], view: str, clause: Span) -> list[Span]:
    found = sought.finditer(view, clause.start, clause.end)
    spans = (match.span("named") if match.groupdict().get("named") else match.span() for match in found)
    return [Span(*span) for span in spans if span[0] < span[1]]


def _places(word: str, view: str) -> list[Span]:
    return [Span(match.start(), match.end()) for match in re.finditer(re.escape(word), view)]


def _apart(spans: Sequence[Span]) -> tuple[Span, ...]:
    kept: list[Span] = []
    for span in sorted(spans):
        if kept and span.start <= kept[-1].end:
            kept[-1] = Span(kept[-1].start, max(kept[-1].end, span.end))
        else:
            kept.append(span)
    return tuple(kept)
