"""Documents → themes: what they are about and how much text each gives to it, learnt from their outlines and words."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from heapq import heapify, heappop, heappush
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from vectorstore.datatypes import Document
from vectorstore.documents import folded
from vectorstore.folding import fold
from vectorstore.tokens import content_words, rarity, tagged_words

Vectors = Callable[[Sequence[tuple[str, int]]], NDArray[np.float32]]

# Sections are divided, the largest first, down to about this many characters and at most so many in all: a section of
# that length speaks of one thing, and comparing more of them than that would take seconds.
_SECTION_LENGTH, _MOST_SECTIONS = 320, 800
# Sentence vectors read for one section: its first sentences say what it is about
_SENTENCES = 6
_LABEL_LENGTH = range(2, 9)
# A label's most telling word is at least this rare in the language of plans: 教育 is, 工作 and 建设 are not
_TELLING = 0.12
_HEADINGS = 5
# How near a section must be to a theme to belong to it, as a cosine of what sets sections apart
_NEAR = 0.2
_CANDIDATES = 250
# A longer phrase names a theme where this share of the districts that head it by its word say so, or all of a few.
_ENOUGH, _FEW = 0.35, 5
# Characters read for the words of one section, and of all of them: cutting words is what takes time
_READ, _READ_IN_ALL = 500, 350_000
_NOMINAL = frozenset("nj") | {"vn", "an"}
# Sections of the frame of a plan, which say nothing of what it is about, with all below them: 指导思想, 保障措施
_FRAME = re.compile(
    r"指导思想|基本原则|总体(?:要求|思路|目标)|保障措施|组织(?:领导|保障)|(?:发展|主要|工作|预期)目标|工作要求|"
    r"问题瓶颈|困难和问题|面临.{0,6}形势|压实.{0,4}责任|推进机制|宣传引导|营造氛围|统筹协调|督查|考核|发展路径|政府自身建设"
)
# Sections that hold what a plan is about, and are divided whatever their length: 重点任务, 2023年工作回顾
_HOLDER = re.compile(
    r"任务|举措|回顾|总体情况|完成情况|工作(?:安排|重点|部署|思路)|重点工作|发展规划|主要(?:工作|成绩)|^#* ?第.{1,3}部分"
)
# What is done and how, rather than to what: no part of a label's ends
_NO_END = (
    r"营造|打造|助力|压实|优化|推动|推进|提升|增强|构建|夯实|筑牢|完善|深化|强化|形成|赋能|攻坚|引领|守牢|激发|培育|壮大|释放|"
    r"加快|做大|做强|保持|办好|成效|持续|全面|着力|深入|扎实|切实|有效|重点|一流|全力|聚力|高质量|高品质|高水平|逐步|稳步"
)
_NO_LABEL = re.compile(
    rf"^(?:{_NO_END}|领域|新|我[市区县])|"
    rf"(?:{_NO_END}|方面|情况|问题|步伐|格局|水平|能力|能级|局面|突破|进展|质量|力度|程度|效能|工程|行动|活力|动能|优势|短板|底线|导向|"
    r"大局|全国|全省|回顾|支撑|品质|要素|战略|体系|机制|领域|时期|基础|规划|品牌|品格|目标|家园)$|[市区县镇]$|\d|一流|中央|市委|区委"
)

# Words that say something of many things, and name one only together with others: 基层治理, 数字经济, 生态环境
_NOT_ALONE = re.compile(
    r"水平|能力|质量|重点|机制|体系|领导|宣传|组织|生活|群众|人民|功能|布局|空间|资源|环境|设施|特色|品牌|政治|数字|绿色|全域|基层|"
    r"队伍|社会|城市|要素|成果|作风|数字化|智能|信息|活动|阵地|中心|区域|城乡|市场|集群|精神|主体|内涵|思想|根本|优质|多元|网络|责任|"
    r"事业|干部|大局|形象|任务|载体|融合|协同|联动|高地|板块|廉洁|忠诚|引擎|转型|现代化|高端|长效|常态|民心|精细|精细化|规模|县域|"
    r"结构|美丽|实事|获得感|满意度|服务业|项目|经济|企业|枢纽|政策|防控|安保|风险|动力|内生动力|全链条|潜力|潜能|竞争力|平台|模式|"
    r"主旋律|基本盘|根基|胜地|福地|重地|决策|部署"
)


@dataclass(frozen=True, slots=True)
class Theme:
    """What several sections are about: words of their headings, and how much of each document it takes.

    ``shares`` (0 to 1 of a document's characters), ``characters`` and ``headings`` (at most 5 of a document, as
    written) are in the order of the documents.
    """

    label: str
    shares: tuple[float, ...]
    characters: tuple[int, ...]
    headings: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class _Part:
    """A section that speaks of one thing: its document's position and district, its headings, its characters."""

    document: int
    section: int
    place: str
    heading: str
    above: str
    characters: int


def find_themes(documents: Sequence[Document], vectors: Vectors | None, *, count: int = 12) -> tuple[Theme, ...]:
    """Return at most ``count`` themes, those with the most text first; none where no heading names any.

    The themes are the words of headings that together stand nearest to all sections (facility location, chosen
    greedily: Nemhauser, Wolsey & Fisher 1978); each section belongs to the nearest. ``vectors`` gives the vectors of
    sentences, shape (n, d); without it sections are compared by their words alone.
    """
    parts = _parts(documents)
    labels = _labels(parts, documents)
    if not parts or not labels:
        return ()
    space = _space(parts, documents, vectors)
    near = _nearness(parts, documents, labels, space)
    sizes = np.sqrt([part.characters for part in parts])
    chosen = _choose(near, sizes, list(labels), count)
    if not chosen:
        return ()
    owner = near[:, chosen].argmax(axis=1)
    own = near[np.arange(len(parts)), np.array(chosen)[owner]] >= _NEAR
    groups = [[parts[n] for n in np.flatnonzero((owner == place) & own)] for place in range(len(chosen))]
    named = _names([list(labels)[n] for n in chosen], groups)
    themes = [_theme(label, group, documents) for label, group in zip(named, groups, strict=True)]
    return tuple(sorted((t for t in themes if any(t.characters)), key=lambda t: (-sum(t.shares), t.label)))


def _parts(documents: Sequence[Document]) -> tuple[_Part, ...]:
    """Return the sections that best divide the documents, without those of a plan's frame."""
    most = max(1, _MOST_SECTIONS // max(1, len(documents)))
    return tuple(part for number, document in enumerate(documents) for part in _divide(number, document, most))


def _divide(number: int, document: Document, most: int) -> Iterator[_Part]:
    """Yield a document's sections in reading order, the largest divided again and again."""
    below: dict[int | None, list[int]] = {}
    for position, section in enumerate(document.sections):
        below.setdefault(section.parent, []).append(position)
    queue = [(-len(document.sections[n].span), n) for n in below.get(None, ()) if not _is_frame(document, n)]
    heapify(queue)
    done: list[int] = []
    while queue:
        size, position = heappop(queue)
        inner = [n for n in below.get(position, ()) if not _is_frame(document, n)]
        covered = sum(len(document.sections[n].span) for n in inner)
        divisible = len(inner) > 1 and 2 * covered > -size and len(queue) + len(done) + len(inner) <= most
        if inner and (_HOLDER.search(_heading(document, position)) or (divisible and -size > _SECTION_LENGTH)):
            for n in inner:
                heappush(queue, (-len(document.sections[n].span), n))
        else:
            done.append(position)
    for position in sorted(done):
        yield _part(number, document, position)


def _is_frame(document: Document, section: int) -> bool:
    return document.sections[section].depth <= 2 and bool(_FRAME.search(_heading(document, section)))


def _heading(document: Document, section: int) -> str:
    return " ".join(document.sections[section].heading.of(document.text).split())


def _part(number: int, document: Document, section: int) -> _Part:
    place = document.sections[section]
    above = document.headings(section)[:-1]
    text = "\n".join(span.of(document.text) for span in above)
    return _Part(
        number, section, document.provenance.district or document.id, _heading(document, section), text, len(place.span)
    )


def _labels(parts: Sequence[_Part], documents: Sequence[Document]) -> dict[str, list[int]]:
    """Return the words of headings that can name a theme, each with the parts so headed, the commonest first."""
    names = "".join(fold(d.provenance.district or "") + fold(d.provenance.parent or "") for d in documents)
    holders: dict[str, list[int]] = {}
    for number, part in enumerate(parts):
        for label in dict.fromkeys((*_phrases(part.heading), *_phrases(part.above))):
            if not _shares_words(label, names):
                holders.setdefault(label, []).append(number)
    spread = {label: len({parts[n].place for n in numbers}) for label, numbers in holders.items()}
    # What one district alone says in passing is no theme, nor the own turn of one where others say it shortly
    kept = [label for label in holders if spread[label] > 1 or len(holders[label]) > 1]
    kept = [label for label in kept if not any(spread[part] > spread[label] for part in _inside(label, spread))]
    best = sorted(kept, key=lambda label: (-spread[label], -len(holders[label]), -len(label), label))
    return {label: holders[label] for label in best[:_CANDIDATES]}


def _inside(label: str, labels: Mapping[str, int]) -> Iterator[str]:
    """Yield the shorter labels that stand in one: 党建 in 商务区党建."""
    for first in range(len(label)):
        for last in range(first + 2, len(label) + 1):
            if last - first < len(label) and label[first:last] in labels:
                yield label[first:last]


def _shares_words(label: str, names: str) -> bool:
    return any(label[n : n + 2] in names for n in range(len(label) - 1))


@lru_cache(maxsize=20_000)
def _phrases(heading: str) -> tuple[str, ...]:
    """Return the runs of up to three neighbouring words of a heading that can name what it is about."""
    words = tagged_words(fold(heading))
    runs = (words[first:last] for first in range(len(words)) for last in range(first + 1, first + 4))
    return tuple(dict.fromkeys("".join(word for _, word, _ in run) for run in runs if _can_name(run)))


def _can_name(run: Sequence[tuple[int, str, str]]) -> bool:
    """Tell whether neighbouring words are a noun, or end in one or in what is done to one: 养老服务, 基层治理."""
    label = "".join(word for _, word, _ in run)
    together = all(place + len(word) == after for (place, word, _), (after, _, _) in pairwise(run))
    tags = [tag for _, _, tag in run]
    nominal = all(_nominal(tag) for tag in tags[:-1]) and (_nominal(tags[-1]) or (len(run) > 1 and tags[-1] == "v"))
    plain = len(label) in _LABEL_LENGTH and not _NOT_ALONE.fullmatch(label) and not _NO_LABEL.search(label)
    long = all(len(word) > 1 for _, word, _ in run)
    return together and nominal and plain and long and max(rarity(word) for _, word, _ in run) >= _TELLING


def _nominal(tag: str) -> bool:
    return tag in _NOMINAL or tag[:1] in _NOMINAL


def _space(parts: Sequence[_Part], documents: Sequence[Document], vectors: Vectors | None) -> NDArray[np.float64]:
    """Return what sets each part apart from the others: words and, where given, meaning; rows of length 1."""
    words = _unit(_words(parts, documents))
    if vectors is None:
        return words
    meaning = _means(parts, documents, vectors)
    return _unit(np.hstack([words, _unit(meaning - meaning.mean(axis=0))]))


def _words(parts: Sequence[_Part], documents: Sequence[Document]) -> NDArray[np.float64]:
    """Return tf-idf of the parts' words, those of the heading counted thrice; shape (parts, words)."""
    length = min(_READ, _READ_IN_ALL // len(parts))
    said = [_part_words(part, documents[part.document], length) for part in parts]
    places: dict[str, int] = {}
    counts: dict[str, int] = {}
    for weights in said:
        for word in weights:
            counts[word] = counts.get(word, 0) + 1
    for word, times in counts.items():
        if 1 < times <= max(2, len(parts) // 4):
            places[word] = len(places)
    table = np.zeros((len(parts), max(1, len(places))))
    for row, weights in enumerate(said):
        for word, weight in weights.items():
            if word in places:
                table[row, places[word]] = weight * np.log(len(parts) / counts[word]) * rarity(word)
    return table


def _part_words(part: _Part, document: Document, length: int) -> dict[str, float]:
    view = folded(document)
    weights: dict[str, float] = {}
    span = document.sections[part.section].span
    for text, weight in (
        (view[span.start : span.end][:length], 1.0),
        (fold(part.above), 1.0),
        (fold(part.heading), 3.0),
    ):
        for word in content_words(text):
            if len(word) > 1 and not word.isascii():
                weights[word] = weights.get(word, 0.0) + weight
    return weights


def _means(parts: Sequence[_Part], documents: Sequence[Document], vectors: Vectors) -> NDArray[np.float64]:
    """Return the mean vector of each part's first sentences; shape (parts, d)."""
    places: list[tuple[str, int]] = []
    owner: list[int] = []
    for row, part in enumerate(parts):
        document = documents[part.document]
        span = document.sections[part.section].span
        inside = [n for n, s in enumerate(document.sentences) if span.start <= s.span.start < span.end][:_SENTENCES]
        places.extend((document.id, n) for n in inside)
        owner.extend([row] * len(inside))
    given = np.asarray(vectors(places), dtype=np.float64)
    means = np.zeros((len(parts), given.shape[1]))
    np.add.at(means, np.array(owner), given)
    return means


def _unit(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12), dtype=np.float64)


def _nearness(
    parts: Sequence[_Part], documents: Sequence[Document], labels: dict[str, list[int]], space: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return how near each part is to what each label heads, nearer where it says the words; shape (parts, labels)."""
    middles = _unit(np.array([space[numbers].sum(axis=0) for numbers in labels.values()]))
    near = 0.8 * space @ middles.T
    said = np.array([[view.count(label) for label in labels] for view in _views(parts, documents)], dtype=np.float64)
    near += 0.1 * np.log1p(np.minimum(said, 5))
    for column, (label, numbers) in enumerate(labels.items()):
        own = [n for n in numbers if label in fold(parts[n].heading)]
        near[numbers, column] += 0.05
        near[own, column] += 0.15
        # A label that few documents bear says less of the others
        near[:, column] *= (0.7 + 0.1 * min(3, len({parts[n].place for n in numbers}))) * (
            0.9 + 0.03 * min(4, len(label))
        )
    return np.asarray(near, dtype=np.float64)


def _views(parts: Sequence[_Part], documents: Sequence[Document]) -> Iterator[str]:
    for part in parts:
        span = documents[part.document].sections[part.section].span
        yield folded(documents[part.document])[span.start : span.end]


def _choose(near: NDArray[np.float64], sizes: NDArray[np.float64], labels: Sequence[str], count: int) -> list[int]:
    """Return the columns that together are nearest to all rows: greedily, the one that adds most at a time."""
    best = np.full(near.shape[0], _NEAR)
    chosen: list[int] = []
    while len(chosen) < count:
        gains = (np.maximum(near - best[:, None], 0.0) * sizes[:, None]).sum(axis=0)
        taken = [labels[n] for n in chosen]
        gains[[n for n, label in enumerate(labels) if any(label in t or t in label for t in taken)]] = 0.0
        column = int(gains.argmax())
        if gains[column] <= 1e-9:
            break
        chosen.append(column)
        best = np.maximum(best, near[:, column])
    return chosen


def _names(anchors: Sequence[str], groups: Sequence[Sequence[_Part]]) -> list[str]:
    """Return each theme's name: the longer phrase around its word where enough of the districts say so.

    乡村振兴 for 乡村, but not 商务区党建 for 党建 where only one district says it.
    """
    named = list(anchors)
    for place, (anchor, group) in enumerate(zip(anchors, groups, strict=True)):
        heading = [part for part in group if anchor in fold(part.heading)]
        longer = _places_by_phrase(heading, anchor)
        places = len({part.place for part in heading})
        enough = places if places < _FEW else _ENOUGH * places
        best = [(len(said), len(name), name) for name, said in longer.items() if len(said) >= enough]
        named[place] = max((row for row in best if row[2] not in named), default=(0, 0, anchor))[2]
    return named


def _places_by_phrase(parts: Sequence[_Part], anchor: str) -> dict[str, set[str]]:
    said: dict[str, set[str]] = {}
    for part in parts:
        for phrase in _phrases(part.heading):
            if anchor in phrase and phrase != anchor:
                said.setdefault(phrase, set()).add(part.place)
    return said


def _theme(label: str, parts: Sequence[_Part], documents: Sequence[Document]) -> Theme:
    characters, headings = [], []
    for number in range(len(documents)):
        own = [part for part in parts if part.document == number]
        characters.append(sum(part.characters for part in own))
        first = sorted(own, key=lambda part: (label not in fold(part.heading), -part.characters, part.section))
        headings.append(tuple(dict.fromkeys(part.heading for part in first))[:_HEADINGS])
    shares = tuple(c / max(1, len(document.text)) for c, document in zip(characters, documents, strict=True))
    return Theme(label, shares, tuple(characters), tuple(headings))
