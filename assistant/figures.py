"""Numbers in quotes: value, unit, and the words before them that say what is measured."""

import re
from collections.abc import Sequence

from assistant.datatypes import Figure, Quote
from vectorstore.folding import fold_width

_SCALES = {"": 1.0, "百": 1e2, "千": 1e3, "万": 1e4, "亿": 1e8}
# 养老床位165张, 6.3万平方米, 增长5.5%, 340.1万元
_NUMBER = re.compile(
    r"(?P<value>\d+(?:,\d{3})*(?:\.\d+)?)(?P<about>余|多)?(?P<scale>[百千万亿]?)(?:余|多)?"
    r"(?P<unit>平方公里|平方千米|平方米|立方米|公里|千米|公顷|人次|户次|万次|班次|毫克|微克|千瓦|兆瓦|标箱|吨/日|个百分点|百分点|"
    r"元/人|元|%|‰|亩|吨|米|户|人|名|家|个|张|处|条|所|座|套|件|项|场|次|辆|台|支|组|间|栋|幢|床|岁|天|届)"
)
_MEASURE = re.compile(r"[\u4e00-\u9fffA-Za-z“”\"]{2,14}$")
_VERBS = re.compile(r"^(?:全年|累计|共计?|已|将|力争|实现|完成|新增|新建|建成|达到?|约|近|超过?|其中)+")
_TRAILING = re.compile(r"(?:达到?|为|到|至|约|近|超过?|突破|共计?|累计|增长|增加到?|提高到?|不低于|不少于|以上|有)+$")


def find_figures(quotes: Sequence[Quote]) -> tuple[Figure, ...]:
    """Return the numbers with a unit in the quotes, in order; years, dates and numbers of items have no such unit."""
    return tuple(figure for number, quote in enumerate(quotes) for figure in _figures(number, quote))


def _figures(number: int, quote: Quote) -> list[Figure]:
    view = fold_width(quote.text)
    found = []
    for match in _NUMBER.finditer(view):
        measure = _measure(view, match.start())
        if measure:
            value = float(match["value"].replace(",", "")) * _SCALES[match["scale"]]
            found.append(Figure(measure, value, match["unit"], number, quote.text[match.start() : match.end()]))
    return found


def _measure(view: str, end: int) -> str:
    """Return the words right before a number, without verbs at either end: 养老床位 in 新增养老床位达到."""
    words = _TRAILING.sub("", view[max(0, end - 24) : end].rstrip())
    found = _MEASURE.search(words)
    return _VERBS.sub("", found.group()) if found else ""
