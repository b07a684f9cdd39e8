"""Quotes → figures: numbers with a unit, each with the words beside it that say what is measured."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from assistant.datatypes import Figure, Quote
from vectorstore.folding import fold_width
from vectorstore.tokens import tagged_words

_SCALES = {"": 1.0, "百": 1e2, "千": 1e3, "万": 1e4, "亿": 1e8, "万亿": 1e12}
# Units that count things, so that the thing may stand right after them: 60户适老化改造, 3家社区食堂
_COUNTERS = "人次|户次|班次|户|人|名|位|家|个|张|处|条|所|座|套|件|项|场|次|辆|台|支|组|间|栋|幢|起|例|节|份|株|届"
# 养老床位165张, 6.3万平方米, 增长5.5%, 340.1万元
_NUMBER = re.compile(
    r"(?P<value>\d+(?:,\d{3})*(?:\.\d+)?)(?P<about>余|多)?(?P<scale>万亿|[百千万亿]?)(?:余|多)?"
    r"(?P<unit>平方公里|平方千米|平方米|立方米|公里|千米|公顷|毫克|微克|千瓦时|千瓦|兆瓦|标箱|公斤|吨/日|个百分点|百分点|"
    rf"美元|元/人|元|%|‰|亩|吨|米|倍|床|岁|天|{_COUNTERS})"
)
# A number that is part of a name or a range: 第3届, “500米生活圈”, 2-3条, A4栋
_PART_OF_MORE = re.compile(r"(?:[第“《+.\-—–~～/A-Za-z\d]|\d[至到]|[一二三四五六七八九十百千万亿两])$")
_CHANGES = "同比|环比|增长|下降|增加|减少|提高|提升|降低|上升|回落|增幅|降幅"
# What stands between the thing measured and its number: 床位达到165张, 岗位近300个
_TRAILING = re.compile(
    r"(?:达到?|为|是|至|到|约|近|逾|超过?|突破|共计?|总共|合计|累计|已|将|大约|不低于|不少于|不超过|低于|高于|保持在?|控制在|稳定在|"
    r"力争|预计|实现|完成|分别|各|增加到|增加至|提高到|提高至|增至|升至|降至|扩大到|以上|以下|左右|有|了|在|均)+$"
)
_CHANGED = re.compile(rf"(?:(?:比|较)?(?:去年|上年)|{_CHANGES})+$")
_LEADING = re.compile(
    r"^(?:全年|累计|共计?|已|将|力争|预计|实现|完成|新增|新建|建成(?!区)|开展|其中|全市|全区|全镇|全县|"
    r"全街道|年均|本年|今年|年内|当年|截至目前|分别)+"
)
# What a sentence says was done, rather than what something is: 建成 in 建成社区食堂2家, not 签约 in 签约企业30家
_PREDICATE = re.compile(
    r"是|有|为|达|占|超|比|较|使|让|建成|新建|新增|新设|完成|实现|开展|打造|培育|组织|举办|推动|推进|建设|获评|获|获得|评为|给予|"
    r"启动|改建|扩建|设立|成立|开设|拥有|共有|现有|形成|达到|突破|增加|减少|增长|下降|提高|覆盖|惠及|帮助|引领|力争|确保|创建|创成|"
    r"召开|制定|出台|增至|做好|涉及|累计|提供|协调|争取|投入使用|用于|高于|低于|高出|超过|涵盖|包括|进行|开工|推出|相当于|"
    r"居|位居|吸引|处置|查处|化解|发放|引进|净增|实施|谋划|参观"
)
# What goes before words that are only a part: 高于目标, 其中某企业, 第一种形态
_CUT_SHORT = re.compile(r"^其中|(?:高于|低于|高出|超过|超|比|较|/|[种类个项批])$")
_SHARED_OUT = re.compile(r"分别|各")
_INSIDE = re.compile(r"[内上下后前等个率]")
# A noun that only places something, or that others share its number with: 5个工作站基础上, 2名护士和医生
_MORE_FOLLOWS = re.compile(r"[上中内下间]|[和与及、](?!\d)")
# What is counted goes on after the unit: 34名受灾群众; not 1万套以上
_THING_FOLLOWS = re.compile(r"(?!以上|以下|以内|左右|之多)[\u4e00-\u9fff“]")
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
# Brackets that end within the first characters hold the label of an item: (一)
_LABEL = 5
# A share or an amount of what the words before it say: 注册志愿者参与志愿服务的比例
_GENERAL_HEAD = re.compile(
    r"^(?:比例|比率|比重|占比|人数|人数比例|数量|数|总数|总量|总额|总值|规模|面积|总面积|金额|增速|增幅|覆盖率|率|完成率|指数|浓度|"
    r"产值|产量|均值|单价|长度|总长)$"
)
_RATIO = re.compile(r"(?:每[百千万亿]?[人名户个元亩]?[\u4e00-\u9fff]{0,2}|[人户亩地村]均)$")
_CLAUSE = re.compile(r"[^,。;:!?、()《》\s]*$")
_LATIN = re.compile(r"[A-Za-z0-9.+]*[A-Za-z][A-Za-z0-9.+]*|[“”]")
_MEASURE_LIMIT = 18
# Nouns of every kind, names, abbreviations, attributes (红色), phrases; verbs used as nouns (服务)
_NOMINAL = frozenset("njbl") | {"vn", "an", "latin"}
# Verbs of the dictionary that are nouns in the language of plans
_ACTIVITIES = frozenset(
    ["改造", "整治", "照护", "治理", "升级", "修缮", "签约", "走访", "回收", "救助", "示范", "试点", "赋能"]
)
_NOT_IN_RUN = frozenset(
    ["同比", "环比", "全市", "全区", "全镇", "全县", "全省", "全年", "累计", "其中", "总计", "平均"]
)


@dataclass(frozen=True, slots=True)
class _Word:
    start: int
    end: int
    text: str
    tag: str

    @property
    def nominal(self) -> bool:
        noun = self.tag in _NOMINAL or self.tag[:1] in _NOMINAL or self.text in _ACTIVITIES
        return noun and self.text not in _NOT_IN_RUN


def find_figures(quotes: Sequence[Quote]) -> tuple[Figure, ...]:
    """Return the numbers with a unit in the quotes, in order, each with the verbatim words that say what it measures.

    Years, dates, numbers of items and of documents have no such unit; a number whose words can't be told is left out.
    """
    return tuple(figure for number, quote in enumerate(quotes) for figure in _figures(number, quote))


def _figures(number: int, quote: Quote) -> Iterator[Figure]:
    view = fold_width(quote.text)
    words = _words(view)
    for match in _NUMBER.finditer(view):
        place = None if _PART_OF_MORE.search(view[: match.start()]) else _measure(view, words, match)
        if place:
            value = float(match["value"].replace(",", "")) * _SCALES[match["scale"]]
            measure, written = quote.text[slice(*place)], quote.text[match.start() : match.end()]
            yield Figure(measure, value, match["unit"], number, written)


def _words(view: str) -> tuple[_Word, ...]:
    """Return the words of a text with their places, Latin ones (5G) and quotation marks among them."""
    chinese = [_Word(start, start + len(word), word, tag) for start, word, tag in tagged_words(view)]
    latin = [_Word(m.start(), m.end(), m.group(), "latin") for m in _LATIN.finditer(view)]
    return tuple(sorted([*chinese, *latin], key=lambda word: word.start))


def _measure(view: str, words: Sequence[_Word], match: re.Match[str]) -> tuple[int, int] | None:
    """Return the place of the words that say what a number measures, if they can be told."""
    counted = match["unit"] in _COUNTERS.split("|")
    after = _noun_after(view, words, match.end())
    if counted and (after or _THING_FOLLOWS.match(view, match.end())):
        return after
    return _noun_before(view, words, match) or after


def _noun_after(view: str, words: Sequence[_Word], start: int) -> tuple[int, int] | None:
    """Return the nouns that begin right where a unit ends: 适老化改造 in 60户适老化改造."""
    run: list[_Word] = []
    following = [word for word in words if word.start >= start]
    for word, after in zip(following, [*following[1:], None], strict=False):
        closes = bool(run) and word.tag == "v" and not _CHINESE.match(view, word.end)
        if word.start != (run[-1].end if run else start) or not (closes or _goes_on(word, after)):
            break
        run.append(word)
    if (
        all(word.tag[:1] == "v" for word in run)
        or not any(word.nominal for word in run)
        or run[-1].end - start > _MEASURE_LIMIT
    ):
        return None
    end = run[-1].end
    # A verb used as a noun may be one of the sentence: 12个小区改造完成; more of the name may follow: 2名护士和医生
    whole = not _CHINESE.match(view, end) or (run[-1].nominal and run[-1].tag[:1] != "v")
    return _balanced(view, start, end) if whole and not _MORE_FOLLOWS.match(view, end) else None


def _goes_on(word: _Word, after: _Word | None) -> bool:
    """Tell whether a word goes on with a name: 充电 does in 充电桩, 缴纳 does not in 党员缴纳党费."""
    short_noun = after is not None and after.start == word.end and after.tag[:1] == "n" and len(after.text) == 1
    if _PREDICATE.fullmatch(word.text):
        return False
    joined = (word.tag[:1] == "v" and short_noun) or (len(word.text) == 1 and word.tag[:1] in "vgm")
    return word.nominal or word.tag[:1] in "az" or joined


def _noun_before(view: str, words: Sequence[_Word], match: re.Match[str]) -> tuple[int, int] | None:
    """Return the words before a number, with that of change where it is one: 税收同比增长 in 税收同比增长8%."""
    first = _clause_start(view, match.start())
    end = match.start() - len(_tail(_TRAILING, view[first : match.start()]))
    if first < 0 or _SHARED_OUT.search(view[end : match.start()]):
        return None
    noun_end = end - len(_tail(_CHANGED, view[first:end]))
    clause = [word for word in words if first <= word.start and word.end <= noun_end]
    start = _run_start(view, clause, first, noun_end)
    if start is None or end - start > _MEASURE_LIMIT or _CUT_SHORT.search(view[first:start]):
        return None
    run = [word for word in clause if word.start >= start]
    if _only_done(run, followed=bool(_CHINESE.match(view, match.end()))) or _cut_word(view, clause, run):
        return None
    return _balanced(view, start, end)


def _clause_start(view: str, number: int) -> int:
    """Return where the clause of a number begins; -1 where it goes on from brackets: 每千名老人(60岁以上)拥有床位."""
    first = next(_CLAUSE.finditer(view[:number])).start()
    goes_on = first > _LABEL and view[first - 1] in ")》"
    return -1 if goes_on or view[first - 1 : first] == "/" else first


def _only_done(run: Sequence[_Word], *, followed: bool) -> bool:
    """Tell whether words say only what was done, not to what: 惠及 in 惠及34万人, 安置 in 妥善安置30名群众."""
    if not run:
        return True
    verb = run[-1].tag[:1] == "v" and run[-1].text not in _ACTIVITIES
    alone = all(word.tag[:1] in "vad" for word in run)
    return (followed and (verb or alone)) or (alone and run[-1].end - run[0].start < 4)


def _cut_word(view: str, clause: Sequence[_Word], run: Sequence[_Word]) -> bool:
    """Tell whether a run begins inside a word that the dictionary doesn't know: 美乡村 of 和美乡村."""
    start = run[0].start
    single = any(word.end == start and len(word.text) == 1 and word.text != "的" for word in clause)
    return (single and len(run[0].text) == 1) or bool(_INSIDE.match(view, start))


def _tail(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    return found.group() if found else ""


def _run_start(view: str, words: Sequence[_Word], first: int, end: int) -> int | None:
    """Return where the name that ends here begins, with what makes a share or an average of it."""
    named = _reach(words, end, verbs=False)
    start = _reach(words, end, verbs=True)
    start = start if end - start <= _MEASURE_LIMIT else named
    if start == end or (named == end and end - start < 4):
        return None
    if _GENERAL_HEAD.match(view[start:end]) or view[first:start].endswith("占"):
        return _whole_clause(view, first, end)
    ratio = len(_tail(_RATIO, view[first:start]))
    if not ratio and re.search(r"每[百千万]|[人户亩]均", view[first:start]):
        return None
    return start - ratio


def _reach(words: Sequence[_Word], end: int, *, verbs: bool) -> int:
    """Return where the words that hang together up to a place begin: nouns, or 走访企业 with the verbs among them."""
    start = end
    for word in reversed(words):
        part = word.tag[:1] in "vazg" or (len(word.text) == 1 and word.tag[:1] in "mf")
        joins = word.nominal or (verbs and part and not _PREDICATE.fullmatch(word.text))
        if word.end != start or not joins:
            return start
        start = word.start
    return start


def _whole_clause(view: str, first: int, end: int) -> int | None:
    """Return where the clause begins that a share is of, unless it is too long or only a rest of something."""
    start = first + len(_lead(view[first:end]))
    text = view[start:end]
    told = 4 <= len(text) <= _MEASURE_LIMIT and not re.match(r"[占的和与及]|\d", text) and not re.search(r"\d", text)
    return start if told else None


def _balanced(view: str, start: int, end: int) -> tuple[int, int] | None:
    """Return a place without half a pair of quotation marks, or None where too little is left."""
    opened, closed = view[start:end].rfind("“"), view[start:end].find("”")
    if opened > view[start:end].rfind("”"):
        end = start + opened
    if closed >= 0 and (view[start:end].find("“") < 0 or view[start:end].find("“") > closed):
        before = view.rfind("“", max(0, start - 12), start)
        start = before if before >= 0 and "”" not in view[before:start] else start + closed + 1
    start += len(_lead(view[start:end]))
    return (start, end) if len(re.findall(r"[\u4e00-\u9fff]", view[start:end])) >= 2 else None


def _lead(text: str) -> str:
    found = _LEADING.match(text)
    return found.group() if found else ""
