"""What a plan as a whole is for: which questions ask it, and where documents state it."""

from dataclasses import replace

import pytest

from assistant.chat import take_turn
from assistant.datatypes import Facet, Question
from assistant.purposes import asked_purpose, statements, with_statements
from vectorstore.datatypes import Hit, Period, Scope
from vectorstore.documents import read_document

GUIDED = "以先进思想为指导"
REPORT = f"""青石镇2024年工作报告

一、2023年工作回顾

一年来,我们坚持{GUIDED},修复古道12公里。

二、2024年工作安排

新的一年任务很重。

做好今年工作,要坚持{GUIDED},围绕建设茶旅名镇,守住安全底线,让茶农收入再上台阶。

各部门将{GUIDED}抓紧落实。
"""
PLAN = """青石镇三年行动计划(2023-2025年)

一、总体要求

(一)指导思想

深入践行绿色发展理念。把茶产业作为富民产业。

(二)行动目标

到2025年,基本建成茶旅融合的山水名镇。

二、重点任务

(一)扩大茶园

以打造千亩茶园为目标,新建生态茶园800亩。
"""


@pytest.fixture
def report():
    return read_document("青石镇-2024.txt", REPORT)


@pytest.fixture
def plan():
    return read_document("青石镇-三年行动.txt", PLAN)


def stated(document, purpose):
    return [document.sentences[n].span.of(document.text) for n in statements(document, purpose)]


def asking(topic, years=()):
    return Question(topic, topic, topic, "summary", ("青石镇",), (Facet("", Scope()),), years=years)


def purpose_of(document, topic, years=()):
    question = asking(topic, years)
    return asked_purpose(question, question.facets[0], document)


@pytest.mark.parametrize(
    ("topic", "purpose"),
    [
        ("工作的总体思路是什么", "guidance"),
        ("指导思想", "guidance"),
        ("今年政府工作的总体要求是怎么讲的", "guidance"),
        ("总目标是啥", "goal"),
        ("想建成什么样的镇", "goal"),
        ("三年行动计划的发展目标", "goal"),
    ],
)
def test_a_question_asks_what_a_plan_is_for(plan, topic, purpose):
    assert purpose_of(plan, topic) == purpose


@pytest.mark.parametrize(
    "topic",
    [
        "养老服务的总体目标",
        "茶园要建成什么样的",
        "总目标完成了没有",
        "指导思想有什么变化",
        "新建茶园多少亩",
        "预期目标",
        "工作总体进展",
    ],
)
def test_a_question_asks_for_one_thing_of_a_plan(plan, topic):
    assert purpose_of(plan, topic) is None


@pytest.mark.parametrize(("years", "asked"), [((2024,), True), ((2035,), False), ((2024, 2030), False)])
def test_a_plan_does_not_state_what_another_time_is_for(plan, years, asked):
    assert plan.provenance.period == Period(2023, 2025)
    assert (purpose_of(plan, "总目标是什么", years) is not None) == asked


def test_the_sentences_below_a_heading_are_the_statement(plan):
    assert stated(plan, "guidance") == ["深入践行绿色发展理念。", "把茶产业作为富民产业。"]
    assert stated(plan, "goal") == ["到2025年,基本建成茶旅融合的山水名镇。"]


def test_points_below_a_heading_are_the_statement():
    points = ["——茶园更大。", "——古道更美。"]
    text = f"青石镇工作要点\n\n一、工作目标\n\n{points[0]}新建生态茶园800亩。\n\n{points[1]}修复古道12公里。\n\n二、措施\n\n加强领导。\n"
    assert stated(read_document("青石镇.txt", text), "goal") == points


def test_of_what_is_worded_so_the_statement_speaks_of_what_will_be_done_and_is_the_longest(report):
    assert stated(report, "guidance") == [
        f"做好今年工作,要坚持{GUIDED},围绕建设茶旅名镇,守住安全底线,让茶农收入再上台阶。"
    ]


def test_a_sentence_that_names_it_goes_before_one_that_is_worded_so():
    named = "今年工作的总体要求是:稳中求进。"
    assert stated(read_document("青石镇.txt", REPORT + f"\n\n{named}\n"), "guidance") == [named]


@pytest.mark.parametrize("heading", ["锚定全年目标,全力以赴做好今年工作", "奋力实现茶旅融合发展新的更高目标"])
def test_a_heading_that_only_mentions_a_goal_heads_none(heading):
    assert stated(read_document("青石镇.txt", f"青石镇工作报告\n\n一、{heading}\n\n新建茶园800亩。\n"), "goal") == []


def test_a_plan_that_states_nothing_has_no_statement():
    document = read_document("青石镇.txt", "青石镇工作要点\n\n一、茶产业\n\n新建茶园800亩。\n")
    assert (stated(document, "guidance"), stated(document, "goal")) == ([], [])


def test_the_passage_with_the_statement_is_the_first(small_store):
    document = next(d for d in small_store.documents if statements(d, "guidance"))
    chunks = small_store.chunks_of(document.id)
    hits = [Hit(chunk, 1.0 / (1 + rank)) for rank, chunk in enumerate(reversed(chunks))]
    question = asking("指导思想")
    (number, *_) = statements(document, "guidance")
    passages = with_statements(question, question.facets[0], hits, small_store)
    assert passages[0].chunk == small_store.chunk_holding(document.id, number)
    assert sorted(hit.chunk.id for hit in passages) == sorted(chunk.id for chunk in chunks)


def test_passages_stay_as_they_are_where_nothing_of_the_kind_is_asked(small_store):
    hits = tuple(Hit(chunk, 1.0) for chunk in small_store.chunks[:5])
    question = asking("新建茶园多少亩")
    assert with_statements(question, question.facets[0], hits, small_store) == hits


def test_no_passages_stay_none(small_store):
    question = replace(asking("指导思想"), districts=())
    assert with_statements(question, question.facets[0], (), small_store) == ()


def test_two_years_may_have_the_same_statement(small_store):
    before = take_turn("2024年", (), small_store)
    turn = take_turn("2023年和2024年总体目标", (before,), small_store)
    assert turn.question.compares
    assert all(quote.text for quote in turn.answer.quotes)


def test_what_a_plan_is_for_is_quoted_whatever_words_it_is_stated_in(small_store):
    document = next(d for d in small_store.documents if statements(d, "guidance"))
    district = document.provenance.district
    answer = take_turn(f"{district}工作的总体思路是什么", (), small_store).answer
    assert stated(document, "guidance")[0] in [quote.text for quote in answer.quotes]
    assert answer.passages[0].chunk == small_store.chunk_holding(document.id, statements(document, "guidance")[0])


def test_a_plan_that_states_nothing_of_the_kind_is_answered_like_any_other(small_store):
    silent = next(d for d in small_store.documents if not statements(d, "guidance"))
    answer = take_turn(f"{silent.provenance.district}的指导思想", (), small_store).answer
    assert all(quote.document != silent.id or "为指导" not in quote.text for quote in answer.quotes)
