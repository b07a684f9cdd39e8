"""Generated plan-like texts: outlines of every label style, glued or on lines, with everything that files bring along."""

from hypothesis import strategies as st

LABELS = [
    "第一部分 ", "第二章 ", "第一节 ", "一、", "二、", "十一、", "三.", "(一)", "(二)", "（三）", "1.", "2、", "３．", "12.", "1.2 ",
    "(1)", "（2）", "3)", "①", "②", "——", "--", "•", "★", "一是", "二是", "三要", "## ", "第三条 ", "",
]  # fmt: skip
WORDS = [
    "推进养老服务体系建设", "新增停车泊位2000个", "完成2.5万人次培训", "自2020.3起", "空间3.0改造", "一、二、三产业融合", "建设“15分钟社区生活圈”",
    "实施《清河行动方案》", "绿化美化", "同比增长45%", "青石桥（二期）", "“放管服”改革", "责任单位", "云溪街道办事处", "2024年3月5日",
    "发布日期:2024-03-05", "扫一扫在手机打开当前页", "政策留言板", "短板主要有:一是交通不便,二是设施老旧", "共建", "GPS", "工作报告", "三年行动计划",
    "(责任单位:规划办、城管中队)", "（牵头单位：社区办）", "A", "二〇二四年三月五日", "二〇二四年三月",
]  # fmt: skip
MARKS = [
    "。",
    "；",
    ";",
    "，",
    ",",
    "！",
    "?",
    "：",
    ":",
    ".",
    "……",
    "、",
    "”",
    "“",
    "（",
    ")",
    "》",
    "《",
    "】",
    "|",
    "丨",
    "'",
    "",
]
GAPS = [
    "\n", "\r\n", "\r", "\n\n", " ", "  ", "\t", "\u3000", "\u00a0", "\u2003", "\v", "\f", "\x1c", "\x1e", "\x1f", "\x85", "\u2028",
    "\ufeff", "\u200b", "\x00", "\x07", "\x7f", "\u202e", "\ufffd", "𠀀", "", "",
]  # fmt: skip

_piece = st.one_of(
    st.sampled_from(LABELS),
    st.sampled_from(WORDS),
    st.sampled_from(MARKS),
    st.sampled_from(GAPS),
    st.text(st.characters(exclude_categories=("Cs",)), max_size=4),
)
_clause = st.tuples(
    st.sampled_from(LABELS), st.sampled_from(WORDS), st.sampled_from(MARKS), st.sampled_from(WORDS), st.sampled_from(MARKS)
).map("".join)  # fmt: skip
_item = st.tuples(_clause, st.sampled_from(GAPS)).map("".join)

any_text = st.text(st.characters(exclude_categories=("Cs",)))
plan_like = st.one_of(
    st.lists(_item, max_size=25).map("".join),
    st.lists(_piece, max_size=40).map("".join),
    st.tuples(st.sampled_from(["", "\ufeff"]), st.lists(st.one_of(_item, _piece), max_size=30).map("".join)).map(
        "".join
    ),
)
