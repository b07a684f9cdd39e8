"""Typed text + the turns before → Question: what is asked, of whom, about when, and what was carried over."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.datatypes import Asks, Carried, Facet, Question, Turn
from assistant.periods import PeriodMention, documents_about, find_periods, strip_periods
from assistant.places import (
    Mention,
    entity_districts,
    find_mentions,
    find_unknown_places,
    read_places,
)
from vectorstore.datatypes import Document, Scope
from vectorstore.folding import fold
from vectorstore.store import VectorStore
from vectorstore.tokens import content_words

LENGTH_LIMIT = 500  # characters; a question of more is a text, not a question
_COLUMN_LIMIT = 8  # a table with more districts than this can't be read; such a question searches all instead

# What is asked for, the most telling first, each with an example.
_ASKS: tuple[tuple[Asks, re.Pattern[str]], ...] = (
    ("who", re.compile(r"谁|哪(?:个|些|几个)(?:部门|单位|组织|机构|公司|局|委|办(?!法))|责任(?:单位|部门|主体|人)|牵头|归.{0,4}管|主管")),
    ("when", re.compile(r"什么时候|啥时候|何时|哪一?年|哪天|几月|几号|哪个月|多久|期限|时间(?:表|节点)|截止|什么时间|啥时间")),
    ("list", re.compile(r"哪几(?!年|届|号)|哪些|分别|措施|举措|做法|办法|法子|怎么|怎样|如何|列|有什么|干了(?:什么|哪)|有啥|安排|具体要?做")),
    ("figure", re.compile(r"多少|几(?:个|家|次|张|处|条|所|人|户|件|名|项|座|间|套|届|百|千|万|成|倍|场|平|米|公里|亩|辆|台|支|年级)|百分之|数量|面积|多大|多高|多长|金额|比例|占比|增长率|增速|规模多|指标值|总量|降了|涨了")),
    ("summary", re.compile(r"总体|总的|概括|概述|思路|愿景|原则|目标|定位|几大块|几大|主要任务|重点任务|总结|大致|方向|讲讲|说说|介绍")),
)
_COMPARE = re.compile(r"比较|对比|比一?比|相比|异同|不同|区别|差异|差别|各自|各有|各是|各家|各怎么|各涉及|谁(?:更|多|少|高|低|快)|哪个(?:更|多|少|高)|分别")
_CHANGE = re.compile(r"变化|变了|发展到|(?:从|由).{2,12}(?:到|至)|接着|又要|还要|后来|前后")
_ALL = re.compile(r"(?:[两三四五六七八]|各|所有|全部|每|哪几|哪)个?(?:些|几个)?(?:街镇|街道|镇街|乡镇|街道镇|区县|城市|地方|区(?!域)|市(?!民|场|级|政))|各家|哪几家|每家")
_OTHERS = re.compile(r"(?:其他|其它|其余|别的|另外)(?:几个|几家|那几个|[两三四]个)?(?:街道|街镇|镇|区|城市|地方|的?呢|市)?")
_PLURAL = re.compile(r"它们|他们[俩两]|[这那]?[两俩三四几]个?(?:街道|街镇|镇|区|地方|城市|家|者)|两[者个家边]|双方|彼此")
_EXCEPT = re.compile(r"(?:除了?|除去|不算|不要|不包括)$")
_CORRECTION = re.compile(r"不是|不对|错了|我(?:问|说|指)的是")
_WITH = re.compile(r"^[,，\s那么]*(?:和|跟|与|同)|(?:和|跟|与|同).{1,16}(?:比|相比|对比|比较)|比.{1,12}(?:呢|怎么样|如何)")

_PRONOUN = re.compile(r"它|这个|那个|这些|那些|这方面|那方面|这块|那块|这里|那里|该项目|上面|前面|刚才|刚说|其中|最后(?:那|一)个|第[一二三四五]个|那几|这几|前者|后者|他们|同样")
_SHIFT = re.compile(r"换个话题|另外(?:问|想)|顺便|对了|再问(?:个|一个)别的|不说这个")
_THEN = re.compile(r"^[,，\s]*(?:那么?|然后|还有|具体|其中|其他|再|接着|呢)")
# Words that ask about a subject but are none: a follow-up of these alone goes on with the subject before.
_GENERIC = frozenset(
    "负责 责任 单位 部门 责任单位 责任部门 牵头 项目 重点 重点项目 数量 数字 时间 地点 位置 地址 目标 问题 建 花 钱 经费 投资 总投资 金额 "
    "资金 预算 面积 人数 户 人 家 哪 条 路 多 久 完成 进展 进度 推进 步 一步 实现 管 归 怎样 现在 目前 接下来 以后 未来 后来 提到 涉及 "
    "相关 类似 更多 其他 其它 别的 继续 详细 原文 依据 比 相比 对比 比较 不同 异同 区别 差异 化解 件 处理 解决 街道 镇 区 市 街镇 家里 呢 那边 "
    "每年 每 总共 一共 累计 大概 到底 究竟 哪年 几年 提供 新 老 里面 里头 干 用 干什么 做法 做到 计划 规划 报告 方案 文件 要点".split()
)
_POLITE = re.compile(r"请问|你好|您好|麻烦|谢谢|想问一?下|问一?下|我想知道|我想了解|告诉我|帮我|能不能|可以|一下|啊|呀|哦|嘛|吧|哈")
_ASKING = re.compile(r"(?:各自?|分别)?(?:有(?:什么|啥|哪些)|是什么|怎么(?:样|说的?|做的?|搞的?)?|如何|怎样)|多少|哪些|哪几个?|什么|啥|吗|呢|\?|？")


@dataclass(frozen=True, slots=True)
class _Reading:
    """A text taken apart, before the turns before it are asked."""

    text: str
    mentions: tuple[Mention, ...]
    periods: tuple[PeriodMention, ...]
    named: tuple[str, ...]
    own_topic: str
    words: tuple[str, ...]


def read_question(text: str, history: Sequence[Turn], store: VectorStore) -> Question:
    """Return the question that a text is after the turns before it.

    Names, periods and what can be asked come from the store's documents; nothing is carried over that the text
    says itself.
    """
    clean = _clean(text)
    places, corpus = read_places(store.documents), store.folded_text
    reading = _take_apart(clean, find_mentions(clean, places, corpus), store)
    last = history[-1].question if history else None
    districts, from_before = _districts(reading, history, store)
    topic, topic_before = _topic(reading, last, changed=not from_before and bool(districts))
    asks = _asks(clean) or (last.asks if last and topic_before else "fact")
    compares = _compares(reading, districts)
    facets, years, unknown_years, years_before = _facets(reading, districts, compares, last, store, from_before)
    carried = [Carried("districts", "、".join(districts))] if from_before and districts else []
    carried += [Carried("topic", last.topic)] if topic_before and last else []
    carried += [Carried("period", "、".join(map(str, years)))] if years_before else []
    return Question(
        text=clean,
        topic=topic,
        asks=asks,
        districts=districts,
        facets=facets,
        compares=len(facets) > 1,
        years=years,
        carried=tuple(carried),
        unknown_places=find_unknown_places(clean, reading.mentions, corpus),
        unknown_years=unknown_years,
    )


def _clean(text: str) -> str:
    """Return the text without control characters and with single blanks."""
    visible = "".join(char if char.isprintable() else " " for char in text)
    return " ".join(visible.split())


def _take_apart(text: str, mentions: tuple[Mention, ...], store: VectorStore) -> _Reading:
    excepted = {d for m in mentions if _EXCEPT.search(text[: m.start]) for d in m.districts}
    denied = _denied(text, mentions)
    named = tuple(dict.fromkeys(d for m in mentions for d in m.districts if d not in excepted | denied))
    if excepted:
        others = (p.name for p in read_places(store.documents))
        named = tuple(name for name in others if name not in excepted)
    own_topic = _own_topic(text, mentions)
    words = tuple(word for word in content_words(own_topic) if word not in _GENERIC)
    return _Reading(text, mentions, find_periods(text, store.documents), named, own_topic, words)


def _denied(text: str, mentions: Sequence[Mention]) -> set[str]:
    """Districts that a correction takes back: 七宝 in 不是七宝,是真新."""
    denied = set()
    for mention in mentions:
        before, after = text[: mention.start], text[mention.end :]
        if re.search(r"(?:不是|不问|不要)(?:问|说|指)?$", before) and re.match(r"[^,，。]{0,4}[,，。 ]*(?:而?是|我(?:问|说|指))", after):
            denied |= set(mention.districts)
    return denied


def _own_topic(text: str, mentions: Sequence[Mention]) -> str:
    """Return what a text says beside districts, periods, politeness and the words that ask."""
    for mention in sorted(mentions, key=lambda m: -m.start):
        text = text[: mention.start] + " " + text[mention.end :]
    text = strip_periods(text)
    for pattern in (_SHIFT, _POLITE, _COMPARE):
        text = pattern.sub(" ", text)
    text = re.sub(r"(?:哪几个|哪些|[两三四五]个|各个?)(?:街镇|街道|城市)|(?:^|\s)(?:和|跟|与|那|按|在)(?=\s)", " ", text)
    return re.sub(r"\s*[,，、。?？!！:：;；()（）]+\s*(?=[,，、。?？!！)）]|$)", " ", " ".join(text.split())).strip(" ,，、的")


def _districts(reading: _Reading, history: Sequence[Turn], store: VectorStore) -> tuple[tuple[str, ...], bool]:
    """Return the districts meant, and whether they come from the turns before."""
    before = _districts_before(history)
    known = tuple(place.name for place in read_places(store.documents))
    if reading.named:
        joins = before and not set(reading.named) & set(before) and _joins(reading)
        return ((*before, *reading.named), True) if joins else (reading.named, False)
    if before and _OTHERS.search(reading.text) and len(known) <= _COLUMN_LIMIT and not reading.words:
        return tuple(name for name in known if name not in before), False
    if _ALL.search(reading.text) and len(known) <= _COLUMN_LIMIT:
        return known, False
    pointed = entity_districts(reading.own_topic, store.documents)
    if not before:
        return pointed, False
    moves = pointed and pointed[0] not in before and not _PRONOUN.search(reading.text)
    if moves and not _said_by(before, reading.words, store):
        return pointed, False
    if find_unknown_places(reading.text, reading.mentions, store.folded_text):
        return (), False
    return (before, True)


def _said_by(districts: Sequence[str], words: Sequence[str], store: VectorStore) -> bool:
    """Tell whether the documents of these districts hold every word of a follow-up, so that it may be about them."""
    texts = [fold(d.text) for d in store.in_scope(Scope(districts=tuple(districts)))]
    return bool(words) and all(any(word in text for text in texts) for word in words)


def _districts_before(history: Sequence[Turn]) -> tuple[str, ...]:
    """Return the districts of the last turn that had any."""
    for turn in reversed(history):
        if turn.answer.districts:
            return turn.answer.districts
    return ()


def _joins(reading: _Reading) -> bool:
    """Tell whether a named district is to be set beside the ones before: 和真新比呢?"""
    return bool(_COMPARE.search(reading.text) or "比" in reading.text) and bool(_WITH.search(reading.text))


def _topic(reading: _Reading, last: Question | None, *, changed: bool) -> tuple[str, bool]:
    """Return what to search for, and whether it goes on with the subject of the turn before."""
    own = reading.own_topic
    if last is None or _SHIFT.search(reading.text):
        return own or reading.text, False
    refers = bool(_PRONOUN.search(reading.text)) and len(reading.words) <= 4
    leans = bool(_THEN.search(reading.text)) and len(reading.words) <= 1 and not reading.named
    corrects = bool(_CORRECTION.search(reading.text)) and len(reading.words) <= 1
    if reading.words and not (refers or leans or corrects):
        return own, False
    if changed and reading.words and not refers:
        return own, False
    return " ".join(dict.fromkeys([_subject(last.topic), *_subject(own).split()])).strip() or own, True


def _subject(topic: str) -> str:
    return " ".join(_ASKING.sub(" ", topic).split())


def _asks(text: str) -> Asks | None:
    return next((asks for asks, pattern in _ASKS if pattern.search(text)), None)


def _compares(reading: _Reading, districts: Sequence[str]) -> bool:
    return len(districts) > 1


def _facets(
    reading: _Reading,
    districts: tuple[str, ...],
    compares: bool,
    last: Question | None,
    store: VectorStore,
    from_before: bool,
) -> tuple[tuple[Facet, ...], tuple[int, ...], tuple[int, ...], bool]:
    """Return the parts to be answered on their own, the years meant, those no document is about, and if carried."""
    kinds = _kinds(reading.text, districts, store)
    if compares:
        by_district = _periods_by_district(reading, districts)
        facets = tuple(_facet(name, (name,), by_district[name], kinds, store) for name in districts)
        years = tuple(sorted({y for periods in by_district.values() for p in periods for y in _years(p)}))
        return facets, years, (), False
    meant = store.in_scope(Scope(districts=districts))
    periods = reading.periods
    missing = tuple(y for p in periods for y in _years(p)[:1] if p.words.endswith("年") and not documents_about((y,), meant))
    parts = _distinct(periods)
    if len(districts) == 1 and len(parts) > 1 and not missing:
        facets = tuple(_facet(part.words, districts, (part,), kinds, store) for part in parts)
        return facets, tuple(sorted({y for p in parts for y in _years(p)})), (), False
    if not periods and last and from_before and last.years and not last.compares:
        scope = Scope(districts, last.facets[0].scope.documents, (), kinds)
        return (Facet("", scope, last.facets[0].period),), last.years, (), True
    facet = _facet("", districts, parts[:1] if len(parts) == 1 else (), kinds, store)
    return (facet,), tuple(sorted({y for p in periods for y in _years(p)})), missing, False


def _facet(
    label: str, districts: tuple[str, ...], periods: Sequence[PeriodMention], kinds: tuple[str, ...], store: VectorStore
) -> Facet:
    scope = Scope(districts=districts, kinds=kinds)
    if not periods:
        return Facet(label, scope)
    years = tuple(year for period in periods for year in _years(period))
    documents = documents_about(years, store.in_scope(scope))
    if not documents:  # a scope that no document fits: this part is silent
        return Facet(label, Scope(districts, (), years, kinds), periods[0].words)
    return Facet(label, Scope(districts, tuple(d.id for d in documents), (), kinds), periods[0].words)


def _years(period: PeriodMention) -> tuple[int, ...]:
    return tuple(range(period.years.start, period.years.end + 1))


def _distinct(periods: Sequence[PeriodMention]) -> tuple[PeriodMention, ...]:
    return tuple({period.words: period for period in periods}.values())


def _periods_by_district(reading: _Reading, districts: Sequence[str]) -> dict[str, tuple[PeriodMention, ...]]:
    """Give each period to the district named last before it; one before every district is meant for all."""
    given: dict[str, tuple[PeriodMention, ...]] = {name: () for name in districts}
    for period in reading.periods:
        owners = [m for m in reading.mentions if m.start < period.start]
        targets = owners[-1].districts if owners else tuple(districts)
        for name in targets:
            if name in given:
                given[name] = (*given[name], period)
    return given


def _kinds(text: str, districts: tuple[str, ...], store: VectorStore) -> tuple[str, ...]:
    """Return the kind of document a text names, where the districts meant have documents of several kinds."""
    said = [kind for kind, pattern in _KIND_WORDS if pattern.search(text)]
    have = [{d.provenance.kind for d in store.in_scope(Scope(districts=(name,)))} for name in districts]
    helps = said and have and all(len(kinds) > 1 and said[0] in kinds for kinds in have)
    return (said[0],) if helps else ()


_KIND_WORDS = (
    ("work report", re.compile(r"工作报告|工作总结")),
    ("action plan", re.compile(r"行动方案|行动计划")),
    ("work points", re.compile(r"工作要点")),
    ("five-year plan", re.compile(r"五年规划|五规划")),
)


def documents_meant(question: Question, store: VectorStore) -> tuple[Document, ...]:
    """Return the documents that the question's parts are to be answered from."""
    meant = {document.id for facet in question.facets for document in store.in_scope(facet.scope)}
    return tuple(document for document in store.documents if document.id in meant)
