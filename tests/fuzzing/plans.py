"""Generated plans: title, notes, a numbered outline in any style and width, tables, closing lines, web leftovers."""

from collections.abc import Callable

from hypothesis import strategies as st

from tests.test_vectorstore.plan_texts import GAPS, LABELS, MARKS, WORDS, any_text, plan_like

_NUMERALS = (
    "一",
    "二",
    "三",
    "四",
    "十",
    "十一",
    "二十",
    "九十九",
    "〇",
    "百",
    "1",
    "2",
    "10",
    "99",
    "100",
    "０",
    "２",
    "Ⅱ",
    "①",
    "1.2",
)
# How each level of an outline writes its number
_STYLES: tuple[Callable[[str], str], ...] = (
    "第{}部分 ".format,
    "第{}章".format,
    "第{}节 ".format,
    "第{}条 ".format,
    "{}、".format,
    "{}.".format,
    "{},".format,
    "({})".format,
    "（{}）".format,
    "{})".format,
    "{}是".format,
    "## {}".format,
    "——{}".format,
    "".format,
)
_TITLES = (
    "云溪街道2024年工作要点",
    "松岭区云溪街道国民经济和社会发展第十四个五年规划",
    "青石镇产业发展三年行动计划(2024-2026年)",
    "青石镇2023年工作报告",
    "关于印发《松岭区养老服务行动方案》的通知",
    "政府工作报告——2024年1月12日在青石镇第三届人民代表大会第四次会议上",
    "镇长 张三",
    "附件1",
    "# 松岭区养老服务",
    "附件:",
    "",
)
_NOTES = (
    "发布日期:2024-02-20",
    "发布日期：2024年13月45日",
    "发文机构:云溪街道办事处",
    "(2024年1月12日 青石镇第三届人民代表大会第四次会议通过)",
    "索引号:  ",
    "来源:http://example.invalid/a?b=1",
    "",
)
_CLOSINGS = (
    "云溪街道办事处\n2024年2月18日",
    "中共青石镇委员会 青石镇人民政府 2024年3月6日",
    "二〇二四年三月五日",
    "二〇二四年十三月五十日",
    "2024年3月",
    "9999年99月99日",
    "(此件公开发布)",
    "",
)
_LEFTOVERS = (
    "扫一扫在手机打开当前页",
    "政策留言板",
    "首页 > 政务公开",
    "字号:[大 中 小]",
    "打印本页",
    "版权所有",
    "上一篇:无",
    "",
)
_TABLES = (
    "| 序号 | 项目 | 责任单位 |\n| --- | --- | --- |\n| 1 | 停车泊位 | 城管中队 |",
    "序号\t项目\t时间\n1\t口袋公园\t2024年",
    "丨一丨二丨",
    "||||",
    "序号:1 | 项目:停车泊位200个。 | 时间:年内",
)
_JOINTS = ("\n", "\n\n", "\r\n", "\r", " ", "\u3000\u3000", "\n\u3000\u3000", "\t", "", "\u2028", "\x0c")
_TO_WIDE = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
_TO_NARROW = {ord("，"): ",", ord("；"): ";", ord("："): ":", ord("（"): "(", ord("）"): ")", ord("。"): "."}

_numerals = st.sampled_from(_NUMERALS)
_label = st.builds(lambda style, number: style(number), st.sampled_from(_STYLES), _numerals)
_sentence = st.lists(st.sampled_from([*WORDS, *MARKS]), min_size=1, max_size=6).map("".join)
_listed = st.lists(st.builds("{}{};".format, _label, st.sampled_from(WORDS)), min_size=2, max_size=4).map("".join)
_item = st.one_of(
    st.builds("{}{}。{}".format, _label, st.sampled_from(WORDS), _sentence),
    st.builds("{}{}".format, _label, st.sampled_from(WORDS)),
    _sentence,
    _listed,
    st.sampled_from(_TABLES),
    st.sampled_from(_LEFTOVERS),
)


def _plan(bom: str, head: list[str], items: list[str], joint: str, closing: str, widen: dict[int, object]) -> str:
    return bom + joint.join([*head, *items, closing]).translate(widen)


outlined = st.builds(
    _plan,
    st.sampled_from(["", "", "\ufeff"]),
    st.lists(st.sampled_from([*_TITLES, *_NOTES, *_LEFTOVERS]), max_size=4),
    st.lists(_item, max_size=20),
    st.sampled_from(_JOINTS),
    st.sampled_from(_CLOSINGS),
    st.sampled_from([{}, {}, _TO_WIDE, _TO_NARROW]),
)
# A few characters over and over: what a scanner, a broken page or a hand on the keyboard leaves
repeated = st.builds(
    lambda piece, end, times: piece * times + end,
    st.lists(st.sampled_from([*LABELS, *WORDS, *MARKS, *GAPS]), min_size=1, max_size=3).map("".join),
    st.sampled_from(WORDS),
    st.integers(2, 120),
)
# Half of a surrogate pair is no character, and a terminal can hand one over all the same
halves = st.characters(categories=("Cs",))
with_surrogates = st.lists(st.one_of(halves, st.sampled_from(WORDS), st.characters()), max_size=30).map("".join)
plans = st.one_of(outlined, outlined, plan_like, repeated, any_text, with_surrogates)
