"""Questions that a document's outline answers: 分成哪九个方面, 基本原则, 四大短板."""

import re
from collections.abc import Sequence
from functools import lru_cache

from assistant.datatypes import Question
from assistant.overlap import asked_words, cover
from assistant.tenses import FUTURE_ASKED, FUTURE_HEADED
from vectorstore.datatypes import Document
from vectorstore.documents import outlines_of
from vectorstore.folding import fold
from vectorstore.provenance import chinese_number

_OUTLINE_SECTIONS = 3
_OUTLINE_SCORE = 0.25
_OUTLINE_ASKED = re.compile(
    r"[几哪两三四五六七八九十\d](?:大|个|项|条|方面的?)*(?:方面|块|部分|任务|重点|原则|短板|举措|抓手|行动|工程|领域|目标|工作|问题|着力点|板块)|"
    r"(?:基本|主要|重点|总体)(?:原则|任务|工作|举措|目标|内容)|保障措施|分(?:成|为|哪)|归(?:成|纳)"
)
_OVERVIEW_ASKED = re.compile(
    r"总体|总的|整体|概括|概述|概览|总结|归纳|大致|大体|思路|愿景|目标|原则|讲讲|说说|介绍|梳理|要点|主要(?:任务|内容|工作|做)"
)
_COUNT_ASKED = re.compile(r"(十[一二三四五六七八九]?|[两二三四五六七八九]|\d{1,2})(?:大|个|项|条|方面|块|部分|点)")


def asks_outline(view: str) -> bool:
    """Tell whether a folded question asks for the points something is divided into."""
    return bool(_OUTLINE_ASKED.search(view))


@lru_cache(maxsize=256)
def outline_sections(question: Question, document: Document) -> tuple[int | None, ...]:
    """Return the sections (None: the document) whose sub-headings may be what is asked for, the best first."""
    words = asked_words(question)
    view = fold(question.in_full)
    wanted, asked, future = count_asked(view), asks_outline(view), bool(FUTURE_ASKED.search(view))
    ranked = []
    for parent in (None, *range(len(document.sections))):
        below = headings_below(document, parent)
        if not below:
            continue
        heading = fold(document.sections[parent].heading.of(document.text)) if parent is not None else ""
        score = cover(words, heading) + asked * 0.6 * (len(below) == wanted)
        score += asked * 0.15 * (future and bool(FUTURE_HEADED.search(heading)))
        ranked.append((-score, -1 if parent is None else parent, parent))
    best = sorted(ranked, key=lambda row: row[:2])[:_OUTLINE_SECTIONS]
    return tuple(parent for score, _, parent in best if -score >= _OUTLINE_SCORE)


def asks_overview(view: str) -> bool:
    """Tell whether a folded question asks for the whole of something rather than for one thing of it."""
    return bool(_OVERVIEW_ASKED.search(view))


def main_section(document: Document, numbers: Sequence[int]) -> int | None:
    """Return the divided section in which most of some sentences stand, the earlier ones counting more, if there is one."""
    weights: dict[int, float] = {}
    for place, number in enumerate(numbers):
        section = document.sentences[number].section
        while section is not None:
            if headings_below(document, section):
                weights[section] = weights.get(section, 0.0) + 1 / (1 + place)
            section = document.sections[section].parent
    # Of a section and the one around it that hold the same sentences, the inner one says more of them
    return max(weights, key=lambda section: (weights[section], document.sections[section].depth), default=None)


def count_asked(view: str) -> int | None:
    """Return how many points a question says there are: 九 in 哪九个方面."""
    found = _COUNT_ASKED.search(view)
    if not found:
        return None
    text = found.group(1).replace("两", "二")
    return int(text) if text.isdigit() else chinese_number(text)


def headings_below(document: Document, parent: int | None) -> tuple[int, ...]:
    """Return the sentences that open the sections right below a section, where there are several."""
    return outlines_of(document).get(parent, ())
