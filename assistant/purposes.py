"""Questions about a plan as a whole (指导思想, 总体思路, 总目标), and the sentences in which a plan states these.

The statement often says none of the words asked: 以…为指导 is seldom called a plan's 总体思路, and a goal stands under the
heading 发展目标 in words of its own. It is told by its place in the outline and by its form, not by likeness.
"""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Literal

from assistant.datatypes import Facet, Question
from assistant.periods import find_periods
from assistant.tenses import PAST_HEADED
from assistant.timed_parts import speaks_of
from vectorstore.datatypes import Document, Hit, Period, Section
from vectorstore.documents import folded
from vectorstore.folding import fold
from vectorstore.store import VectorStore

Purpose = Literal["guidance", "goal"]

# How likely a sentence so found answers: those found for 46 questions all do (`tests.benchmarks.purposes`); so few can't tell 1
STATED = 0.95
# Of so many documents at most, those whose passages are nearest, the statements are quoted
_DOCUMENTS = 3
# A section headed 指导思想 holds a few sentences; where a heading only mentions one, pages may follow
_MOST_SENTENCES = 8
_HEADING_LIMIT = 30

_GUIDANCE = r"(?:指导思想|总体(?:要求|思路|考虑)|总的(?:要求|思路|考虑)|总要求|总思路|(?:工作|发展|基本)思路)"
_GOAL = r"(?:总目标|(?:总体|发展|奋斗|建设|战略|工作|行动)目标|总的目标|目标愿景|愿景)"
_WHERE = r"(?:街道|社区|城市|城区|新城|街区|家园|乡镇|镇|乡|区|市|县|省|地方|样子|模样)"
_BECOMES = rf"(?:建设|建|打造|发展|变)(?:成为|成|为)(?:个|一个|一座)?(?:什么|怎么|怎|啥)样?(?:式|子)?的?{_WHERE}?"
_ASKED: dict[Purpose, re.Pattern[str]] = {
    "guidance": re.compile(_GUIDANCE),
    "goal": re.compile(rf"{_GOAL}|{_BECOMES}"),
}
# What such a question says besides. Anything else, unless it stands in the plan's title, asks for one thing of the plan
_FILLING = re.compile(
    r"政府|行署|经济社会|全[市省区镇县年]|今年|本年|年度|工作|发展|建设|报告|规划|计划|方案|意见|要点|行动|草案|时期|期间|"
    r"总体|整体|总的|主要|基本|大致|概括|简单|一下|介绍|说说|讲讲|请问|告诉|原文|原话|全文|内容|表述|按照|"
    r"什么|怎么样|怎样|怎么|如何|哪些|哪个|哪句|哪样|啥|"
    r"[的了和与及或在里中到着个这那份它其想要将吗呢吧是有说讲写提出定以为做好样来推几句把总年新我们帮请]|\W|\d"
)
_NAMED: dict[Purpose, re.Pattern[str]] = {
    "guidance": re.compile(rf"{_GUIDANCE}(?:是|为|:)"),
    "goal": re.compile(rf"{_GOAL}(?:是|为|:)"),
}
_HEADED: dict[Purpose, re.Pattern[str]] = {
    "guidance": re.compile(_GUIDANCE),
    # Not 锚定全年目标,全力以赴做好今年工作, nor a slogan that ends in 目标
    "goal": re.compile(r"^[\W\d一二三四五六七八九十第部分章节]*\w{0,6}(?:目标|愿景)$"),
}
_GUIDED = re.compile(r"以[^。;]{0,30}(?:思想|理论|精神)[^。;]{0,40}为(?:指导|指引|统领)")
# 过去一年,我们坚持以…为指导: how the work was done, not how it will be
_LOOKS_BACK = re.compile(r"^.{0,30}(?:过去|来[,，]|去年|以来|取得)|^.{0,6}(?:全[市省区县]上下|我们坚[持定])")
_LOOKS_AHEAD = re.compile(r"^.{0,40}(?:要|必须|将|做好)")
_PAST = re.compile(rf"{PAST_HEADED.pattern}|现状|基础")


def asked_purpose(question: Question, facet: Facet, document: Document) -> Purpose | None:
    """Return what a question asks of a document as a whole, None where it asks for something of it or for another time."""
    view = fold(question.topic)
    purpose = next((purpose for purpose, asked in _ASKED.items() if asked.search(view)), None)
    if purpose is None or not _is_of_its_time(question, facet, document):
        return None
    title = _title(document)
    rest = _FILLING.sub(" ", _ASKED[purpose].sub(" ", view)).split()
    return purpose if all(_stands_in(word, title) for word in rest) else None


@lru_cache(maxsize=1024)
def statements(document: Document, purpose: Purpose) -> tuple[int, ...]:
    """Return the sentences in which a document states its purpose, in order; none where it doesn't.

    The one that names it (总体要求是…), else those of the section headed so, else for the guidance the longest that is worded so
    (以…为指导) and speaks of what will be done. What the document looks back on is left out.
    """
    numbers = _of_the_text(document)
    view, sentences = folded(document), document.sentences
    texts = {number: sentences[number].span.of(view) for number in numbers}
    named = [number for number in numbers if _NAMED[purpose].search(texts[number])]
    if named:
        return tuple(named[:1])
    for place, section in enumerate(document.sections):
        own = _headed(document, place, numbers) if _is_headed(section, purpose, view) else ()
        if own:
            return tuple(own[:_MOST_SENTENCES])
    if purpose == "goal":
        return ()
    worded = [n for n in numbers if _GUIDED.search(texts[n]) and not _LOOKS_BACK.search(texts[n])]
    ahead = [n for n in worded if _LOOKS_AHEAD.search(texts[n])] or worded
    return tuple(sorted(ahead, key=lambda n: -len(texts[n]))[:1])


def stated(question: Question, facet: Facet, documents: Iterable[Document]) -> tuple[tuple[Document, int], ...]:
    """Return the sentences in which documents state what one part of a question asks of them as a whole."""
    found: list[tuple[Document, int]] = []
    for document in list(dict.fromkeys(documents))[:_DOCUMENTS]:
        purpose = asked_purpose(question, facet, document)
        numbers = statements(document, purpose) if purpose else ()
        found.extend((document, number) for number in numbers if _is_about(facet, document, number))
    return tuple(found)


def with_statements(question: Question, facet: Facet, hits: Sequence[Hit], store: VectorStore) -> tuple[Hit, ...]:
    """Return the passages, those first in which their documents state what is asked of them as a whole."""
    places = stated(question, facet, (store.document(hit.chunk.document) for hit in hits))
    chunks = [store.chunk_holding(document.id, number) for document, number in places]
    known = {hit.chunk.id: hit for hit in hits}
    first = {c.id: known.get(c.id) or Hit(c, hits[0].score) for c in chunks}
    return (*first.values(), *(hit for id_, hit in known.items() if id_ not in first))


def _is_of_its_time(question: Question, facet: Facet, document: Document) -> bool:
    period = document.provenance.period
    if period is None:
        return True
    return all(year in period for year in question.years) and all(y.overlaps(period) for y in _years(facet))


def _is_about(facet: Facet, document: Document, number: int) -> bool:
    """Tell whether a sentence may be about the time that one part of a question asks for."""
    return all(speaks_of(document, document.sentences[number].span, years) for years in _years(facet))


def _years(facet: Facet) -> list[Period]:
    return [mention.years for mention in find_periods(facet.period, ())] if facet.period else []


def _title(document: Document) -> str:
    said = document.provenance
    return fold(" ".join(filter(None, [said.title, said.parent, said.district, document.id])))


def _stands_in(word: str, title: str) -> bool:
    """Tell whether a title holds a word, or each pair of its characters."""
    return word in title or (len(word) > 2 and all(word[n : n + 2] in title for n in range(len(word) - 1)))


def _of_the_text(document: Document) -> list[int]:
    """Return the sentences that are neither titles nor headings, of the parts that don't look back."""
    view = folded(document)
    past = [_PAST.search(section.heading.of(view)) is not None for section in document.sections]
    for place, section in enumerate(document.sections):
        past[place] = past[place] or (section.parent is not None and past[section.parent])
    return [
        number
        for number, sentence in enumerate(document.sentences)
        if sentence.kind in ("body", "lead") and (sentence.section is None or not past[sentence.section])
    ]


def _headed(document: Document, place: int, numbers: Sequence[int]) -> Sequence[int]:
    """Return the sentences right below a heading; where there is none, its points (——…), or its lead phrases in full."""
    sections, sentences = document.sections, document.sentences
    own = [n for n in numbers if sentences[n].section == place and sentences[n].span != sections[place].heading]
    below = {number: section.style for number, section in enumerate(sections) if section.parent == place}
    styles = [(n, below.get(section)) for n in numbers if (section := sentences[n].section) is not None]
    points = [n for n, style in styles if style == "dash" and sentences[n].kind == "lead"]
    return own or points or [n for n, style in styles if style == "lead"]


def _is_headed(section: Section, purpose: Purpose, view: str) -> bool:
    heading = section.heading.of(view).strip(" 。:;")
    return len(heading) < _HEADING_LIMIT and _HEADED[purpose].search(heading) is not None
