"""Typed text + the turns before → Question: what is asked, of whom, about when, and what was carried over."""

import re
from collections.abc import Sequence

from assistant.datatypes import Carried, Question, Turn
from assistant.facets import split_into_facets
from assistant.places import entity_districts, find_unknown_places, read_places
from assistant.readings import COMPARES, SHIFTS, Reading, clean, read_asks, read_text
from vectorstore.datatypes import Scope
from vectorstore.store import VectorStore

LENGTH_LIMIT = 500  # characters; a question of more is a text, not a question
_COLUMN_LIMIT = 8  # a table with more districts than this can't be read; such a question searches all instead
_ALL = re.compile(
    r"(?:[两三四五六七八]|各|所有|全部|每|哪几|哪)个?(?:些|几个)?(?:街镇|街道|镇街|乡镇|街道镇|区县|城市|地方|区(?!域)|市(?!民|场|级|政))|各家|哪几家|每家"
)
_OTHERS = re.compile(
    r"(?:其他|其它|其余|别的|另外)(?:几个|几家|那几个|[两三四]个)?(?:街道|街镇|镇|区|城市|地方|的?呢|市)?"
)
_PLURAL = re.compile(
    r"它们|他们[俩两]|[这那][俩仨]|[这那]?[两俩三四几]个?(?:街道|街镇|镇|区|地方|城市|家|者)|两[者个家边]|双方|彼此|(?:有(?:什么|啥|何)|的)(?:不同|异同|区别|差别)"
)
_CORRECTION = re.compile(r"不是|不对|错了|我(?:问|说|指)的是")
# 把某地也加进来
_ADDED = re.compile(r"也?加(?:进来|上|入)|一起看|放(?:在)?一起|也算上")
_WITH = re.compile(
    r"^[,，\s那么]*(?:和|跟|与|同)|(?:和|跟|与|同).{1,16}(?:比|相比|对比|比较)|比.{1,12}(?:呢|怎么样|如何)"
)
_PRONOUN = re.compile(
    r"[它他]们[俩两]?|它|这个|那个|这些|那些|这方面|那方面|这块|那块|这里|那里|该项目|[这那该][家座]|当地|上面|前面|刚才|刚说|其中|最后(?:那|一)个|第[一二三四五]个|那几|这几|前者|后者|他们|同样"
)
# These stand for districts: what is said beside them is a subject of its own
_PLACE_PRONOUN = re.compile(
    r"[他它她]们[俩两]?|当地|[那这](?:里|边)|[这那该](?:座城市|个?(?:街道|街镇|镇|区|城市|市|县|地方))"
)
# 各投入多少钱, 花了多少经费: what is spent says nothing of what it is spent on
_SPENT = frozenset({"投入", "投", "花费", "花掉", "拨款", "费用"})
_AMOUNT = re.compile(r"(?:投入?|投资|花费?掉?|拨款|费用|钱|资金|经费|预算).*多少|多少.*(?:钱|资金|经费)")
_THEN = re.compile(r"^[,，\s]*(?:然后|还有|具体|其中|其他|再|接着|呢|那(?:么|(?!.{1,12}呢[?？]?$)))")
_RELATIVE_YEAR = re.compile(r"今年|去年|明年|前年|上一?年|本年度?")
_ASKING = re.compile(
    r"由?谁来?(?:负责|牵头|管)|责任(?:单位|部门)(?:是谁)?|(?:各自?|分别)?(?:有(?:什么|啥|哪些)|是什么|怎么(?:样|说的?|做的?|搞的?)?|如何|怎样)(?:具体)?(?:安排|打算|举措|措施|做法|动作|要求)?的?|多少|哪些|哪几个?|什么|啥|吗|呢|\?|？"
)
# 在养老上, 关于停车方面: the words around a subject
_ABOUT = re.compile(r"^(?:在|对于?|关于|就)|(?:这[块事]|方面|上面?)(?:的)?$")


def read_question(text: str, history: Sequence[Turn], store: VectorStore) -> Question:
    """Return the question that a text is after the turns before it.

    Names, periods and what can be asked come from the store's documents; nothing is carried over that the text
    says itself.
    """
    text = clean(text)
    # A text that is too long gets no answer; its beginning says of which districts a question after it may be
    reading = read_text(text[:LENGTH_LIMIT], store)
    last = history[-1].question if history else None
    districts, from_before = _districts(reading, history, store)
    topic, topic_before = _topic(reading, last, changed=not from_before and bool(districts))
    again = topic_before and last is not None and topic == last.topic
    parts = split_into_facets(reading, districts, store, before=last if from_before or again else None)
    carried = [Carried("districts", "、".join(districts))] if from_before and districts else []
    carried += [Carried("topic", last.topic)] if topic_before and last else []
    carried += [Carried("period", "、".join(map(str, parts.years)))] if parts.carried else []
    return Question(
        text=text,
        topic=topic,
        asked=topic if topic_before else reading.asked,
        asks=read_asks(reading.text) or (last.asks if last and topic_before else "fact"),
        districts=districts,
        facets=parts.facets,
        compares=len(parts.facets) > 1,
        years=parts.years,
        carried=tuple(carried),
        unknown_places=find_unknown_places(reading.text, reading.mentions, store.folded_text),
        unknown_years=parts.unknown_years,
        corrected=reading.corrected,
    )


def _districts(reading: Reading, history: Sequence[Turn], store: VectorStore) -> tuple[tuple[str, ...], bool]:
    """Return the districts meant, and whether they come from the turns before."""
    before = _districts_before(history, wanted=_how_many(reading.text))
    if reading.named:
        joins = before and not set(reading.named) & set(before) and _joins(reading)
        return ((*before, *reading.named), True) if joins else (reading.named, False)
    everyone = _everyone(reading, before, store)
    if everyone:
        return everyone, False
    pointed = entity_districts(reading.own_topic, store.folded_text)
    moves = pointed and pointed[0] not in before and not _PRONOUN.search(reading.text)
    if not before or (moves and not _said_by(before, reading.words, store)):
        return pointed, False
    elsewhere = find_unknown_places(reading.text, reading.mentions, store.folded_text)
    return ((), False) if elsewhere else (before, True)


def _everyone(reading: Reading, before: Sequence[str], store: VectorStore) -> tuple[str, ...]:
    """Return all districts where a text asks of each, those not spoken of yet where it asks of the others, else ()."""
    known = tuple(place.name for place in read_places(store.documents))
    if len(known) > _COLUMN_LIMIT:
        return ()
    if before and _OTHERS.search(reading.text) and not reading.words:
        return tuple(name for name in known if name not in before)
    return known if _ALL.search(reading.text) else ()


def _said_by(districts: Sequence[str], words: Sequence[str], store: VectorStore) -> bool:
    """Tell whether the documents of these districts hold every word of a follow-up, so that it may be about them."""
    texts = store.within(Scope(districts=tuple(districts))).folded_text
    return bool(words) and all(word in texts for word in words)


def _districts_before(history: Sequence[Turn], *, wanted: int) -> tuple[str, ...]:
    """Return the districts of the last turn that had any; for 它们 or 三个城市 go back until there are so many."""
    found: tuple[str, ...] = ()
    for turn in reversed(history):
        found = tuple(dict.fromkeys((*turn.answer.districts, *found)))
        if len(found) >= wanted:
            break
    return found


def _how_many(text: str) -> int:
    """Return how many districts a text speaks of without naming them: 三个城市 are three, 它们 at least two."""
    plural = _PLURAL.search(text)
    if not plural:
        return 1
    counted = re.search(r"[三仨四]", plural.group())
    return {"三": 3, "仨": 3, "四": 4}[counted.group()] if counted else 2


def _joins(reading: Reading) -> bool:
    """Tell whether a named district is to be set beside the ones before, as in 和真新比呢."""
    beside = bool(COMPARES.search(reading.text) or "比" in reading.text) and bool(_WITH.search(reading.text))
    return beside or bool(_ADDED.search(reading.text))


def _topic(reading: Reading, last: Question | None, *, changed: bool) -> tuple[str, bool]:
    """Return what to search for, and whether it goes on with the subject of the turn before."""
    own = reading.own_topic
    if last is None or SHIFTS.search(reading.text):
        return own or reading.text, False
    pronoun = _PRONOUN.search(reading.text)
    elsewhere = _PRONOUN.search(_PLACE_PRONOUN.sub(" ", reading.text))
    points = bool(pronoun) and len(reading.words) <= 4 and bool(elsewhere or not reading.words)
    refers = points or _asks_what_is_spent(reading)
    if pronoun and _names_again(reading, pronoun.start(), last):
        return " ".join(_PRONOUN.sub(" ", own).split()) or own, False
    leans = bool(_THEN.search(reading.text)) and len(reading.words) <= 1 and not reading.named
    corrects = bool(_CORRECTION.search(reading.text)) and len(reading.words) <= 1
    if reading.words and not (refers or leans or corrects):
        return own, False
    if changed and reading.words and not refers:
        return own, False
    # Without a subject of its own, a follow-up adds what it asks for, if it asks for anything
    adds = reading.words or read_asks(own)
    # 那宁波呢 asks the whole question again, of another district
    before = last.topic if changed and not adds else _subject(last.topic)
    if _RELATIVE_YEAR.search(reading.text) or reading.periods:
        before = " ".join(_RELATIVE_YEAR.sub(" ", before).split())
    if not before:
        return own or reading.text, False
    subject = [before, *(_PRONOUN.sub(" ", own).split() if adds else ())]
    return " ".join(dict.fromkeys(subject)), True


def _asks_what_is_spent(reading: Reading) -> bool:
    """Tell whether a text asks how much is spent and doesn't say on what: 各投入多少钱."""
    return bool(reading.words) and _SPENT.issuperset(reading.words) and bool(_AMOUNT.search(reading.text))


def _names_again(reading: Reading, pronoun: int, last: Question) -> bool:
    """Tell whether a text names what its pronoun stands for: 采茶节它由谁负责 after 茶园和采茶节怎么安排."""
    before = any(word in reading.text[:pronoun] for word in reading.words)
    return before and all(word in last.topic for word in reading.words)


def _subject(topic: str) -> str:
    """Return what a topic is about, without the words that asked for a part of it."""
    rest = " ".join(_ASKING.sub(" ", topic).split())
    return _ABOUT.sub("", rest).strip() or rest
