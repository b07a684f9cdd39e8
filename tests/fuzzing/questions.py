"""Generated questions: places, years, subjects and asking words in any order, with whatever a keyboard can add."""

from hypothesis import strategies as st

from tests.fuzzing.plans import halves

PLACES = (
    "云溪街道",
    "云溪",
    "青石镇",
    "青石",
    "松岭区",
    "松岭",
    "松岭区云溪街道",
    "桃花岭街道",
    "梅溪",
    "云西街道",
    "各街道",
    "其他镇",
)
_YEARS = (
    "2024年", "2023年和2024年", "24年", "２０２４年", "二〇二四年", "0000年", "99999年", "1899年", "2999年", "2024年以后", "十四五", "第十五个五年规划",
    "“九五”", "二十五", "九十九五", "去年", "今年", "上年度末", "这两年", "2024年13月45日", "-1年", "2024.5年", "2024-2026年",
)  # fmt: skip
_SUBJECTS = (
    "养老服务",
    "停车泊位",
    "茶产业",
    "口袋公园",
    "茶园",
    "盐茶古道",
    "充电庄",
    "总体目标",
    "工作报告",
    "GPS",
    "15分钟生活圈",
    "六十户",
)
_ASKING = (
    "多少个", "有哪些", "由谁负责", "什么时候", "怎么样", "呢", "?", "？", "有什么不同", "比较", "哪个更多", "总结", "请问", "谢谢", "新增",
    "不是", "我问的是", "除了", "换个话题", "那", "和", "、", "它们", "其中", "这三个城市", "前者", "也加进来", "当地", "提到了", "的", ",",
)  # fmt: skip
_ODD = (
    "", " ", "\n", "\t", "\x00", "\x1b[31m", "\x7f", "\u200b", "\u200f", "\u202e", "\u2066", "\ufeff", "\ufffd", "\u3000", "😀", "👨‍👩‍👧", "🇨🇳", "e\u0301", "𠀀",
    "(", ")", "[", "\\", "*", "+", "{2}", "|", "^", "$", "<b>", "'; --", "“", "《", "。。。", "……", "——", "%s", "{}", "１２３", "①", "Ⅳ", "½",
    "٣", "९", "9" * 400, "1" * 20 + "年", "3.14e999", "-0", "∞", "零", "万亿", "مرحبا", "שלום", "ｈｏｗ　ｍａｎｙ", "How many?", "ß", "İ", "ﬁ",
)  # fmt: skip

_piece = st.one_of(
    *(st.sampled_from(words) for words in (PLACES, _YEARS, _SUBJECTS, _ASKING, _ODD)),
    st.text(st.characters(), max_size=4),
    halves,
)
_asked = st.builds(
    "{}{}{}{}".format, *(st.sampled_from(["", *words]) for words in (PLACES, _YEARS, _SUBJECTS, _ASKING))
)
_marks_alone = st.text(st.sampled_from("，。？！、；：“”（）《》……——?!.,;:()[]{}<>/\\|@#$%^&*-_=+~`'\" "), max_size=30)
_long = st.builds(
    lambda piece, times: piece * times, st.lists(_piece, min_size=1, max_size=3).map("".join), st.integers(2, 200)
)
typed = st.one_of(
    _asked, st.lists(_piece, max_size=14).map("".join), st.lists(_asked, max_size=3).map("".join), _marks_alone, _long
)
# What is pasted in place of a question: a page, a document
pasted = st.builds(
    lambda piece, length: (piece * (length // max(1, len(piece)) + 1))[:length],
    st.lists(_piece, min_size=1, max_size=3).map("".join),
    st.sampled_from([501, 3000, 40_000]),
)
