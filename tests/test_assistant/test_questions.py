import pytest

from assistant.datatypes import Answer, Turn
from assistant.questions import read_question


def ask(store, *texts):
    """Return the question that the last text is, each turn answered by what was meant."""
    history = ()
    for text in texts:
        question = read_question(text, history, store)
        history = (*history, Turn(question, Answer(question, (), question.districts, ())))
    return question


def carried(question):
    return [part.what for part in question.carried]


@pytest.mark.parametrize(
    ("text", "asks"),
    [
        ("云溪停车泊位新增多少个", "figure"),
        ("青石扩大茶园由谁负责", "who"),
        ("云溪什么时候建好公园", "when"),
        ("云溪有哪些民生举措", "list"),
        ("青石的总体目标", "summary"),
        ("青石修复的古道叫盐茶古道吗", "fact"),
    ],
)
def test_what_kind_of_answer_is_asked_for(small_store, text, asks):
    assert ask(small_store, text).asks == asks


def test_the_topic_is_what_is_left_without_district_and_year(small_store):
    question = ask(small_store, "请问云溪街道2024年口袋公园")
    assert question.topic == "口袋公园"
    assert question.districts == ("云溪街道",)


def test_a_follow_up_without_a_district_goes_on_with_the_one_before(small_store):
    question = ask(small_store, "青石怎么发展茶产业", "责任单位是谁?")
    assert question.districts == ("青石镇",)
    assert "茶产业" in question.topic
    assert carried(question) == ["districts", "topic"]


def test_a_follow_up_with_only_a_district_goes_on_with_the_subject(small_store):
    question = ask(small_store, "云溪的养老服务有哪些", "那松岭呢?")
    assert question.districts == ("松岭区",)
    assert "养老服务" in question.topic
    assert carried(question) == ["topic"]


@pytest.mark.parametrize("text", ["它们2024年各投入多少钱?", "投入多少资金?", "那么总投资是多少?", "一共投了多少钱?"])
def test_what_is_spent_is_asked_of_the_subject_before(small_store, text):
    question = ask(small_store, "云溪和松岭的养老服务有哪些", text)
    assert "养老服务" in question.topic
    assert carried(question)[:2] == ["districts", "topic"]


def test_what_is_spent_on_another_subject_is_asked_of_that(small_store):
    question = ask(small_store, "云溪的养老服务有哪些", "停车泊位投入多少资金?")
    assert question.topic == "停车泊位投入多少资金"


def test_a_new_subject_is_not_mixed_with_the_old_one(small_store):
    question = ask(small_store, "云溪的养老服务有哪些", "停车泊位新增多少个?")
    assert question.topic == "停车泊位新增多少个"
    assert carried(question) == ["districts"]


def test_a_change_of_subject_is_heard(small_store):
    question = ask(small_store, "青石怎么发展茶产业", "换个话题,云溪的口袋公园")
    assert question.districts == ("云溪街道",)
    assert "茶" not in question.topic


def test_a_name_of_one_district_moves_the_conversation_there(small_store):
    assert ask(small_store, "云溪的口袋公园", "盐茶古道修复多少公里").districts == ("青石镇",)


def test_a_correction_takes_back_the_district(small_store):
    question = ask(small_store, "云溪的养老服务", "不是云溪,是松岭")
    assert question.districts == ("松岭区",)
    assert "养老服务" in question.topic


def test_a_district_can_be_set_beside_the_one_before(small_store):
    question = ask(small_store, "云溪的养老服务", "和松岭比呢?")
    assert question.districts == ("云溪街道", "松岭区")
    assert [facet.label for facet in question.facets] == ["云溪街道", "松岭区"]


def test_they_are_the_districts_of_the_turns_before(small_store):
    question = ask(small_store, "云溪的养老服务", "那松岭呢?", "它们有什么不同?")
    assert set(question.districts) == {"云溪街道", "松岭区"}


def test_each_of_the_districts_means_all_of_them(small_store):
    assert len(ask(small_store, "各个街镇的养老服务").districts) == 3


def test_all_but_one(small_store):
    assert set(ask(small_store, "除了云溪,养老服务怎么样").districts) == {"青石镇", "松岭区"}


def test_each_district_of_a_comparison_has_its_own_year(small_store):
    question = ask(small_store, "养老服务,云溪2024和青石2023各有什么")
    assert [facet.period for facet in question.facets] == ["2024年", "2023年"]


def test_two_years_of_one_district_are_two_parts(small_store):
    question = ask(small_store, "青石2023年和2024年养老有什么变化")
    assert [facet.label for facet in question.facets] == ["2023年", "2024年"]


def test_a_year_chooses_the_document_that_is_about_it(small_store):
    facet = ask(small_store, "青石2023年接待游客多少").facets[0]
    assert facet.scope.documents == ("青石镇2023年工作报告",)


def test_a_year_that_no_document_is_about_is_said_so(small_store):
    assert ask(small_store, "云溪街道1998年停车泊位").unknown_years == (1998,)


def test_a_place_without_documents_does_not_inherit_the_district_before(small_store):
    question = ask(small_store, "云溪的养老服务", "桃花岭街道有什么安排")
    assert question.districts == ()
    assert question.unknown_places == ("桃花岭街道",)


def test_a_period_holds_on_while_the_district_does(small_store):
    question = ask(small_store, "青石2023年茶叶产值多少", "接待游客呢")
    assert question.years == (2023,)
    assert "period" in carried(question)


def test_a_word_typed_by_sound_is_corrected_and_said_so(small_store):
    question = ask(small_store, "云溪停车薄位新增多少")
    assert question.corrected == ()  # 薄 and 泊 sound alike only in some words
    assert ask(small_store, "青石扩大茶员多少亩").corrected == (("大茶员", "大茶园"),)


@pytest.mark.parametrize(
    "text", ["", "   ", "?!。", "\x00\x07", "😀😀", "a" * 5000, "的" * 5000, "# ** $x$ <b>", "\u202e云溪"]
)
def test_nothing_that_can_be_typed_breaks_the_reading(small_store, text):
    question = ask(small_store, text)
    assert question.facets


def test_a_district_set_beside_another_keeps_the_period_it_was_asked_about(small_store):
    question = ask(small_store, "青石镇2023年接待游客多少?", "和云溪街道2024年比呢?")
    assert [(facet.label, facet.period) for facet in question.facets] == [("青石镇", "2023年"), ("云溪街道", "2024年")]


def test_a_follow_up_is_asked_in_full_with_the_subject_it_goes_on_with(small_store):
    question = ask(small_store, "青石镇修复古道多少公里?", "那2023年呢?")
    assert "古道" in question.in_full
    assert "2023" in question.in_full
    assert ask(small_store, "青石镇修复古道多少公里?").in_full == "青石镇修复古道多少公里?"


def test_a_year_behind_names_side_by_side_is_meant_for_each(small_store):
    question = ask(small_store, "云溪和松岭2024年的养老服务分别有哪些")
    assert [facet.period for facet in question.facets] == ["2024年", "2024年"]


@pytest.mark.parametrize(("text", "year"), [("青石去年接待游客多少", 2023), ("青石今年新建几个养老服务站", 2024)])
def test_last_year_and_this_year_are_those_of_the_report(small_store, text, year):
    question = ask(small_store, text)
    assert question.years == (year,)
    assert question.facets[0].period == f"{year}年"


def test_growth_over_last_year_is_no_question_about_last_year(small_store):
    assert ask(small_store, "青石茶叶产值比去年增长多少").years == ()


def test_this_year_says_nothing_of_documents_that_are_not_divided_by_years(small_store):
    assert ask(small_store, "云溪今年停车泊位新增多少").years == ()


def test_what_is_asked_of_each_of_two_years_is_asked_on_its_own(small_store):
    question = ask(small_store, "青石的养老服务站2023年建了多少,2024年还要建多少")
    assert [facet.asked for facet in question.facets] == ["的养老服务站2023年建了多少", "的养老服务站2024年还要建多少"]


def test_the_same_two_years_are_meant_by_these_two_years(small_store):
    question = ask(small_store, "青石2023年和2024年养老有什么变化", "污水管网这两年呢")
    assert [facet.label for facet in question.facets] == ["2023年", "2024年"]
    assert "period" in carried(question)


def test_a_question_asked_again_of_another_district_is_asked_of_the_same_time(small_store):
    question = ask(small_store, "青石2024年的养老服务有哪些", "那云溪呢?")
    assert (question.districts, question.years) == (("云溪街道",), (2024,))
    assert question.topic == "养老服务有哪些"


def test_a_district_without_documents_of_that_time_is_asked_of_all_times(small_store):
    assert ask(small_store, "青石2023年的养老服务有哪些", "那松岭呢?").years == ()


@pytest.mark.parametrize("asked", ["有什么不同", "有啥区别", "的差异", "有哪些异同"])
def test_what_asks_for_the_difference_is_no_part_of_the_subject(small_store, asked):
    assert ask(small_store, f"云溪街道和青石镇的停车泊位{asked}?").topic == "停车泊位"


def test_why_it_is_asked_is_no_part_of_the_subject(small_store):
    assert ask(small_store, "写论文用:云溪街道的规划里提到了哪些停车泊位").topic == "哪些停车泊位"


def test_a_pronoun_for_a_district_brings_no_subject_with_it(small_store):
    question = ask(small_store, "青石怎么发展茶产业", "他们怎么推进污水管网改造?")
    assert question.districts == ("青石镇",)
    assert "茶产业" not in question.topic


def test_a_pronoun_for_a_district_alone_goes_on_with_the_subject(small_store):
    assert "茶产业" in ask(small_store, "青石怎么发展茶产业", "他们由谁负责?").topic


@pytest.mark.slow
def test_of_a_text_that_is_too_long_only_the_beginning_is_read(small_store):
    text = "云溪街道的养老服务" + "茶" * 40_000 + "青石镇"
    question = ask(small_store, text)
    assert question.text == text
    assert question.districts == ("云溪街道",)


@pytest.mark.parametrize("before", ["", "有哪些"])
def test_after_a_turn_without_a_subject_a_text_stands_for_itself(small_store, before):
    question = ask(small_store, before, "2024年")
    assert (question.topic, question.asked) == ("2024年", "2024年")
    assert "topic" not in carried(question)
