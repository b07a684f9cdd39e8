"""Typed text → Reading: the places, periods and subject a text names, before its conversation is asked."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.abbreviations import expand
from assistant.datatypes import Asks
from assistant.periods import PeriodMention, find_periods, strip_periods
from assistant.places import Mention, find_mentions, read_places
from assistant.sounds import correct
from vectorstore.folding import fold
from vectorstore.store import VectorStore
from vectorstore.tokens import content_words

# What is asked for, the most telling first, each with an example.
_ASKS: tuple[tuple[Asks, re.Pattern[str]], ...] = (
    (
        "who",
        re.compile(
            r"谁|哪(?:个|些|几个)(?:部门|单位|组织|机构|公司|局|委|办(?!法))|责任(?:单位|部门|主体|人)|牵头|归.{0,4}管|主管"
        ),
    ),
    (
        "when",
        re.compile(
            r"什么时候|啥时候|何时|哪一?年|哪天|几月|几号|哪个月|多久|期限|时间(?:表|节点)|截止|什么时间|啥时间"
        ),
    ),
    (
        "list",
        re.compile(
            r"哪几(?!年|届|号)|哪些|分别|措施|举措|做法|办法|法子|怎么|怎样|如何|列|有什么|干了(?:什么|哪)|有啥|安排|具体要?做"
        ),
    ),
    (
        "figure",
        re.compile(
            r"多少|几(?:个|家|次|张|处|条|所|人|户|件|名|项|座|间|套|届|百|千|万|成|倍|场|平|米|公里|亩|辆|台|支|年级)|百分之|数量|面积|多大|多高|多长|金额|比例|占比|增长率|增速|规模多|指标值|总量|降了|涨了"
        ),
    ),
    (
        "summary",
        re.compile(
            r"总体|总的|概括|概述|思路|愿景|原则|目标|定位|几大块|几大|主要任务|重点任务|总结|大致|方向|讲讲|说说|介绍"
        ),
    ),
)
COMPARES = re.compile(
    r"比较|对比|比一?比|相比|(?:有(?:些|什么|啥|何|哪些)?)?(?:异同|不同|区别|差异|差别)|各自|各有|各是|各家|各怎么|各涉及|谁(?:更|多|少|高|低|快)|哪个(?:更|多|少|高)|分别"
)
SHIFTS = re.compile(r"换个话题|问个别的|问别的|聊别的|换一个|另外(?:问|想)|顺便|对了|再问(?:个|一个)别的|不说这个")
_EXCEPT = re.compile(r"(?:除了?|除去|不算|不要|不包括)$")
# The document a question names is no part of its subject: 按行动方案, 工作报告里, 规划里说的
_DOCUMENT = re.compile(
    r"(?:按照?|根据|依据|在)?(?:那|这)?[份个]?(?:三年|年度|政府)?(?:行动方案|行动计划|工作报告|工作要点|五年规划|规划纲要|(?:报告|规划|方案|计划|文件|安排)(?=里|中|说|提))"
    r"(?:里面?|中)?(?:说的|提到的|靠|遵循)?"
)
# What plans are about anyway; a report's part that is meant by it is a matter of its facets
_THIS_YEAR = re.compile(r"今年|本年度?")
# 哪些提到了充电桩: what is asked about is what was mentioned
_MENTIONED = re.compile(r"(?:有没有|哪[些家个]|是否|谁|都)?(?:有)?(?:提到|提及|说到|讲到|写到)(?:了|过)?")
_MARKS = " ,，、。;；:：?？!！的"
# Marks left standing alone where names were taken out: 垃圾分类 、 、 的要求
_ALONE = re.compile(
    r"(?:^|(?<=[\s,，、。?？!！()（）]))[,，、。?？!！:：;；()（）的]+(?=[\s,，、。?？!！()（）]|$)|[()（）](?=\s|$)"
)
# 不是云溪,是松岭: what is left of a correction when its places are taken out
_CORRECTING = re.compile(r"不是|不对|错了|我(?:问|说|指)的?|而?是|[,，]")
# Words that ask about a subject but are none: a follow-up of these alone goes on with the subject before.
_COUNTED = re.compile(r"[几两一二三四五六七八九十百\d]+[\u4e00-\u9fff]?")  # 几件, 三条
_CONNECTING = frozenset(
    [
        "两边",
        "换成",
        "换",
        "实际",
        "上一年",
        "上年",
        "加进来",
        "加进",
        "一起",
        "放",
        "放一起",
        "看",
        "看看",
        "列",
        "排列",
        "并排",
        "列一下",
        "来",
        "得",
        "定",
        "高",
        "低",
        "多",
        "少",
        "俩",
        "这俩",
        "算",
        "前面",
        "说",
        "哎",
        "唉",
        "规模",
        "数",
        "新增",
        "这家",
        "那家",
        "集团",
        "两年",
        "照",
        "这样",
        "同样",
        "涨",
        "降",
        "这块",
        "动作",
        "作为",
        "座",
        "城市",
        "到底",
        "水平",
        "那里",
        "这里",
        "这边",
        "那边",
        "当地",
        "一并",
        "顺便",
        "继续",
        "最后",
        "那么",
        "总",
    ]
)
_GENERIC = _CONNECTING | frozenset(
    [
        "负责",
        "责任",
        "单位",
        "部门",
        "责任单位",
        "责任部门",
        "牵头",
        "项目",
        "重点",
        "重点项目",
        "数量",
        "数字",
        "时间",
        "地点",
        "位置",
        "地址",
        "目标",
        "问题",
        "建",
        "花",
        "钱",
        "经费",
        "投资",
        "总投资",
        "金额",
        "资金",
        "预算",
        "面积",
        "人数",
        "户",
        "人",
        "家",
        "哪",
        "条",
        "路",
        "多",
        "久",
        "完成",
        "进展",
        "进度",
        "推进",
        "步",
        "一步",
        "实现",
        "管",
        "归",
        "怎样",
        "现在",
        "目前",
        "接下来",
        "以后",
        "未来",
        "后来",
        "提到",
        "涉及",
        "相关",
        "类似",
        "更多",
        "其他",
        "其它",
        "别的",
        "继续",
        "详细",
        "原文",
        "依据",
        "比",
        "相比",
        "对比",
        "比较",
        "不同",
        "异同",
        "区别",
        "差异",
        "化解",
        "件",
        "处理",
        "解决",
        "街道",
        "镇",
        "区",
        "市",
        "街镇",
        "家里",
        "呢",
        "那边",
        "每年",
        "每",
        "总共",
        "一共",
        "累计",
        "大概",
        "到底",
        "究竟",
        "哪年",
        "几年",
        "提供",
        "新",
        "老",
        "里面",
        "里头",
        "干",
        "用",
        "干什么",
        "做法",
        "做到",
        "计划",
        "规划",
        "报告",
        "方案",
        "文件",
        "要点",
    ]
)
# What is said beside a question: why it is asked (写论文用:), and that the words themselves are wanted, as always here
_POLITE = re.compile(
    r"^[^:]{0,10}(?:用|写|核实|请教|了解|想问|查)[^:]{0,2}:|原(?:话|文)(?:都|是|各)?(?:怎么(?:说|写)的?|(?:是|说)了?什么)|请问|你好|您好|麻烦|谢谢|想问一?下|问一?下|我想知道|我想了解|告诉我|帮我|能不能|可以|一下|啊|呀|哦|嘛|吧|哈"
)


@dataclass(frozen=True, slots=True)
class Reading:
    """A text taken apart.

    ``named`` are the districts meant, ``asked`` is the text without their names, ``own_topic`` is what is said beside
    places and periods, ``words`` are those
    of its words that name a subject, ``corrected`` pairs of what was written and what it was taken for.
    """

    text: str
    mentions: tuple[Mention, ...]
    periods: tuple[PeriodMention, ...]
    named: tuple[str, ...]
    asked: str
    own_topic: str
    words: tuple[str, ...]
    corrected: tuple[tuple[str, str], ...]

    def without_names(self, start: int, end: int) -> str:
        """Return a stretch of the text without the names of districts in it."""
        mentions = [m for m in self.mentions if start <= m.start and m.end <= end]
        return _without(self.text[:end], mentions, "")[start:]


def clean(text: str) -> str:
    """Return the text without control characters and with single blanks."""
    visible = "".join(char if char.isprintable() else " " for char in text)
    return " ".join(visible.split())


def read_text(text: str, store: VectorStore) -> Reading:
    """Return what a cleaned text names, by the names that the store's documents know."""
    mentions = find_mentions(text, read_places(store.documents), store.folded_text)
    excepted = {d for m in mentions if _EXCEPT.search(text[: m.start]) for d in m.districts}
    denied = _denied(text, mentions)
    named = tuple(dict.fromkeys(d for m in mentions for d in m.districts if d not in excepted | denied))
    if excepted:
        others = (p.name for p in read_places(store.documents))
        named = tuple(name for name in others if name not in excepted)
    own_topic = _own_topic(text, mentions)
    own_topic = _CORRECTING.sub(" ", own_topic).strip(" ,，") if denied else own_topic
    corrected = correct(fold(own_topic), store.folded_text)
    for written, meant in corrected:
        own_topic = own_topic.replace(written, meant)
    words = tuple(word for word in content_words(own_topic) if word not in _GENERIC and not _COUNTED.fullmatch(word))
    asked = expand(_without(text, mentions, ""), store.folded_text)
    own_topic = expand(own_topic, store.folded_text)
    return Reading(text, mentions, find_periods(text, store.documents), named, asked, own_topic, words, corrected)


def read_asks(text: str) -> Asks | None:
    """Return what kind of answer a text asks for, or None."""
    return next((asks for asks, pattern in _ASKS if pattern.search(text)), None)


def _denied(text: str, mentions: Sequence[Mention]) -> set[str]:
    """Districts that a correction takes back: 七宝 in 不是七宝,是真新."""
    denied = set()
    for mention in mentions:
        before, after = text[: mention.start], text[mention.end :]
        if re.search(r"(?:不是|不问|不要)(?:问|说|指)?$", before) and re.match(
            r"[^,，。]{0,4}[,，。 ]*(?:而?是|我(?:要|想)?(?:问|说|指|看|查))", after
        ):
            denied |= set(mention.districts)
    return denied


def _without(text: str, mentions: Sequence[Mention], instead: str) -> str:
    for mention in sorted(mentions, key=lambda m: -m.start):
        text = text[: mention.start] + instead + text[mention.end :]
    return text


def _own_topic(text: str, mentions: Sequence[Mention]) -> str:
    """Return what a text says beside districts, periods, politeness and the words that ask."""
    text = strip_periods(_without(text, mentions, " "))
    text = _THIS_YEAR.sub(" ", text)
    for pattern in (SHIFTS, _POLITE, COMPARES, _DOCUMENT, _MENTIONED):
        text = pattern.sub(" ", text)
    text = re.sub(
        r"(?:哪几个|哪些|[两三四五]个|各个?)(?:街镇|街道|城市)|(?:^|\s)(?:和|跟|与|那|按|在|比)(?=[\s,，])", " ", text
    )
    return " ".join(_ALONE.sub(" ", text).split()).strip(_MARKS).removeprefix("呢").strip(_MARKS)
