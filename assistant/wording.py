"""Every sentence the product itself says. Nothing here is ever put between quotation marks of a document."""

from collections.abc import Sequence

from assistant.datatypes import Answer, Asks, Carried, Reason

KINDS = {
    "work report": "工作报告",
    "action plan": "行动计划",
    "work points": "工作要点",
    "five-year plan": "五年规划",
    "work plan": "工作方案",
    "plan": "规划计划",
    "opinions": "意见",
    "measures": "办法规定",
    "notice": "通知公告",
}
ASKS: dict[Asks, str] = {
    "fact": "事实",
    "figure": "数字",
    "when": "时间",
    "who": "责任单位或人",
    "list": "逐条举措",
    "summary": "目标与概要",
}
CARRIED = {"districts": "沿用上文街镇", "topic": "沿用上文话题", "period": "沿用上文时间"}

NOT_MENTIONED = "未提及"
NEAREST = "下面几处最接近,但不是答案"
PERIODS_DIFFER = "请注意:所引文件的时期不同,不宜直接相比。"
DRAFT_TITLE = "(原文无标题)"


def kind_word(kind: str | None) -> str:
    """Return what a kind of document is called."""
    return KINDS.get(kind or "", kind or "未注明类别")


def reason_text(answer: Answer, known: Sequence[str]) -> str:
    """Return why there is no answer and what to do next; ``known`` are the districts with documents."""
    question = answer.question
    districts = "、".join(known)
    texts: dict[Reason, str] = {
        "empty": "没有读到问题。请输入一个问题,例如“养老服务有哪些举措?”",
        "too-long": f"这段文字有 {len(question.text)} 字,超过一个问题的长度(500 字)。请只留下要问的话。",
        "not-chinese": "文件是中文的,请用中文提问。",
        "outside-place": f"文件中没有{'、'.join(question.unknown_places)}。可以问的有:{districts}。",
        "outside-period": (
            f"{'、'.join(question.districts) or '这些文件'}没有{'、'.join(map(str, question.unknown_years))}年的文件或内容。"
        ),
        "not-mentioned": f"{'、'.join(question.districts) or '这些文件'}没有提到所问的内容。",
    }
    return texts[answer.reason] if answer.reason else ""


def carried_text(carried: Carried) -> str:
    """Return what was carried over from the turns before, as a label."""
    return f"{CARRIED[carried.what]}:{carried.value}"
