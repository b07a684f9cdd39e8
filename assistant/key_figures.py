"""Documents → key figures: the most telling numbers of each, with what they measure and the sentence they stand in."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.datatypes import Figure, Quote
from assistant.figures import find_figures
from assistant.places import short_name
from assistant.quotes import make_quote
from vectorstore.datatypes import Document, Sentence
from vectorstore.folding import fold_width
from vectorstore.tokens import content_words, rarity

_QUOTED_KINDS = frozenset(["body", "lead", "heading"])
# Numbers of these units say how old or how long something is, not how much
_NO_AMOUNT = frozenset(["岁", "天", "届"])
_MONEY_OR_SHARE = frozenset(["元", "美元", "%", "‰"])
_PEOPLE_OR_LAND = frozenset(
    ["人", "人次", "户", "户次", "亩", "公顷", "平方米", "平方公里", "公里", "吨", "张", "标箱"]
)
# 二、发展目标; 主要指标; 2023年工作回顾: sections that say what a plan is to reach or what was reached
_OVERVIEW_HEADED = re.compile(r"目标|指标|回顾|成绩|成就|总体(?:情况|要求)|完成情况|概况|基础")
# What a share is of, rather than the share: 占项目总数68%
_WHOLE = re.compile(r"总[数量额值]$")
# Words that every plan counts say nothing alone: 企业15家, 项目3个
_TELLING, _TELLING_ALONE = 0.32, 0.45
# The score of a sentence that was not weighed against a question
_UNWEIGHED = 1.0


@dataclass(frozen=True, slots=True)
class KeyFigure:
    """A number of a document: what it measures, its value in ``unit`` (万 and 亿 multiplied out), as written, its quote.

    ``measure`` and ``written`` stand in the quote to the letter.
    """

    measure: str
    value: float
    unit: str
    written: str
    quote: Quote


def find_key_figures(documents: Sequence[Document], *, limit_per_document: int = 40) -> tuple[KeyFigure, ...]:
    """Return the most telling numbers of each document, documents in their order, the most telling first.

    Money, shares, people and land come before things counted, sections of goals and reviews before others, rare words
    before common ones, and what is said early before what is said late. A measure whose words tell nothing (企业15家)
    is left out, and so is one said before.
    """
    return tuple(figure for document in documents for figure in _key_figures(document)[: max(0, limit_per_document)])


def asked_about(figure: KeyFigure) -> tuple[str, str]:
    """Return the district (short, or the document's title where it names none) and the measure to ask about."""
    quote = figure.quote
    return (short_name(quote.district) if quote.district else quote.title), figure.measure


def _key_figures(document: Document) -> list[KeyFigure]:
    weights: dict[tuple[str, float, str], tuple[float, int, KeyFigure]] = {}
    for sentence in document.sentences:
        for figure in _figures(document, sentence) if sentence.kind in _QUOTED_KINDS else ():
            key = (figure.measure, figure.value, figure.unit)
            weight = _weight(document, sentence, figure)
            if weight > 0 and key not in weights:
                weights[key] = (-weight, len(weights), figure)
    return [figure for _, _, figure in sorted(weights.values(), key=lambda row: row[:2])]


def _figures(document: Document, sentence: Sentence) -> tuple[KeyFigure, ...]:
    if not re.search(r"\d", fold_width(sentence.span.of(document.text))):
        return ()
    quote = make_quote(
        document, sentence.span, section=sentence.section, paragraph=sentence.paragraph, score=_UNWEIGHED
    )
    return tuple(_key_figure(figure, quote) for figure in find_figures([quote]))


def _key_figure(figure: Figure, quote: Quote) -> KeyFigure:
    return KeyFigure(figure.measure, figure.value, figure.unit, figure.written, quote)


def _weight(document: Document, sentence: Sentence, figure: KeyFigure) -> float:
    """Return how telling a number is; 0 where what it measures can't be understood without its sentence."""
    words = [word for word in content_words(figure.measure) if len(word) > 1]
    telling = sorted((rarity(word) for word in words), reverse=True)[:2]
    whole = figure.unit == "%" and _WHOLE.search(figure.measure)
    if whole or figure.unit in _NO_AMOUNT or not telling or not _understood(figure.measure, telling):
        return 0.0
    unit = 1.0 * (figure.unit in _MONEY_OR_SHARE) + 0.6 * (figure.unit in _PEOPLE_OR_LAND)
    headings = "".join(place.of(document.text) for place in document.headings(sentence.section))
    few = 0.5 * (figure.unit not in _MONEY_OR_SHARE and figure.value < 3)
    early = 0.5 * (1 - sentence.span.start / len(document.text))
    overview = 0.5 * bool(_OVERVIEW_HEADED.search(headings))
    return 1.0 + unit + overview + early + 0.4 * sum(telling) / len(telling) - few


def _understood(measure: str, telling: Sequence[float]) -> bool:
    return sum(telling) >= (_TELLING if len(measure) > 3 else _TELLING_ALONE)
