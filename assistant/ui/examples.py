"""Documents → questions to begin with, made from their districts and headings."""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest

from assistant.places import short_name
from assistant.wording import say
from vectorstore.datatypes import Document

_COUNT = 5
# A heading's words without what stands round them: (一)着力优化营商环境 → 优化营商环境
_LABEL = re.compile(
    r"^(?:第[一二三四五六七八九十]+[章节部分]+|[一二三四五六七八九十]+是|[一二三四五六七八九十\d(（)）.、\s—\-]+)+"
)
_INTENSITY = re.compile(r"^(?:着力|全力|大力|努力|切实|持续|不断|深入|扎实|有效|加快|进一步|积极|聚力|聚焦|全面)+")
# What is done to something can be asked about: 优化营商环境; 因地制宜 can't
_ACTION = re.compile(
    r"^(?:优化|推进|推动|完善|提升|加强|做好|创新|构建|打造|建设|深化|发展|培育|筑牢|夯实|健全|促进|改善|强化|营造|织密|做实)"
)
_PLAIN = re.compile(r"[\u4e00-\u9fff]+")
# Headings that every plan has say nothing of what this one is about, and 显示度 is no one's word for it
_EMPTY = re.compile(
    r"思想|原则|要求|目标|任务|路径|保障措施|组织保障|宣传|统筹|氛围|领导|重点|项目|机制|优势|认同|党|[度力级地]$"
)
_SHORTEST, _LONGEST = 4, 9
_SHARED = 4
_COMPARED = 3


def example_questions(documents: Sequence[Document], count: int = _COUNT) -> tuple[str, ...]:
    """Return up to ``count`` questions: one about each district in turn, and a comparison where some share a subject."""
    topics = _topics(documents)
    compared = _comparisons(topics)[:1]
    rows = zip_longest(*([say().measures_question(name, topic) for topic in own] for name, own in topics.items()))
    single = [question for row in rows for question in row if question]
    return (*single[: count - len(compared)], *compared)


def _topics(documents: Sequence[Document]) -> dict[str, list[str]]:
    """Return what the headings of each district are about, those of the outer sections first."""
    found: dict[str, list[tuple[int, str]]] = {}
    for document in documents:
        name = short_name(document.provenance.district or "")
        if _PLAIN.fullmatch(name):
            found.setdefault(name, []).extend(_subjects(document))
    ordered = {name: sorted(pairs, key=lambda pair: pair[0]) for name, pairs in found.items()}
    return {name: list(dict.fromkeys(topic for _, topic in pairs)) for name, pairs in ordered.items() if pairs}


def _subjects(document: Document) -> Iterator[tuple[int, str]]:
    for section in document.sections:
        words = "".join(section.heading.of(document.text).split())
        topic = _INTENSITY.sub("", re.split(r"[,，。;；:：]", _LABEL.sub("", words))[0])
        asked = _ACTION.match(topic) and _PLAIN.fullmatch(topic) and not _EMPTY.search(topic)
        if asked and _SHORTEST <= len(topic) <= _LONGEST:
            yield section.depth, topic


def _comparisons(topics: Mapping[str, Sequence[str]]) -> list[str]:
    """Return questions about subjects that headings of several districts end with, those of most districts first."""
    owners: dict[str, list[str]] = {}
    for name, own in topics.items():
        for ending in sorted({_ACTION.sub("", topic)[-size:] for topic in own for size in range(_SHARED, _LONGEST)}):
            owners.setdefault(ending, []).append(name)
    shared = [(-len(names), -len(ending), ending) for ending, names in owners.items() if len(names) > 1]
    return [
        say().comparison_question(owners[ending][:_COMPARED], ending)
        for _, size, ending in sorted(shared)
        if -size >= _SHARED
    ]
