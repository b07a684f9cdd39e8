import pytest

from assistant.chat import take_turn

pytestmark = pytest.mark.slow


def turn(store, *texts):
    history = ()
    for text in texts:
        history = (*history, take_turn(text, history, store))
    return history[-1]


def said(answer):
    return "".join(quote.text for quote in answer.quotes)


def test_a_figure_is_answered_by_its_sentence(answering_store):
    answer = turn(answering_store, "云溪街道新增停车泊位多少个?").answer
    assert "新增停车泊位200个" in said(answer)
    assert answer.districts == ("云溪街道",)


def test_who_is_responsible_is_answered_by_the_note(answering_store):
    assert "责任单位:农业办、各村" in said(turn(answering_store, "青石镇扩大茶园的责任单位是谁?").answer)


def test_quotes_come_only_from_the_district_asked_about(answering_store):
    answer = turn(answering_store, "松岭区养老床位新增多少张").answer
    assert {quote.district for quote in answer.quotes} == {"松岭区"}


def test_each_quote_names_the_headings_above_it(answering_store):
    quote = turn(answering_store, "云溪街道新增停车泊位多少个?").answer.quotes[0]
    assert quote.path[:2] == ("一、推进城市更新", "(一)交通出行")


def test_quotes_stand_in_reading_order(answering_store):
    answer = turn(answering_store, "青石镇发展茶产业有哪些举措").answer
    spans = [(quote.document, quote.span) for quote in answer.quotes]
    assert spans == sorted(spans)


def test_a_comparison_has_a_cell_for_each_district(answering_store):
    answer = turn(answering_store, "云溪和松岭的养老服务各有什么").answer
    assert [cell.label for cell in answer.comparison.cells] == ["云溪街道", "松岭区"]
    for cell in answer.comparison.cells:
        assert {answer.quotes[number].district for number in cell.quotes} <= {cell.label}


def test_a_place_without_documents_is_not_answered(answering_store):
    answer = turn(answering_store, "桃花岭街道的养老服务").answer
    assert not answer.found
    assert answer.reason == "outside-place"


def test_a_year_without_documents_is_not_answered(answering_store):
    answer = turn(answering_store, "云溪街道1998年的停车泊位").answer
    assert (answer.found, answer.reason) == (False, "outside-period")


def test_what_stands_nearest_is_not_among_the_quotes(answering_store):
    answer = turn(answering_store, "桃花岭街道的养老服务").answer
    assert answer.quotes == ()
    assert answer.nearest


def test_no_bare_heading_stands_nearest_beside_a_sentence(answering_store):
    nearest = turn(answering_store, "松岭区的港口吞吐量是多少?").answer.nearest
    assert nearest
    assert not any(quote.text.startswith("#") for quote in nearest)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        (" \n", "empty"),
        ("?!。…", "empty"),
        ("😀", "empty"),
        ("\x00\x01", "empty"),
        ("养老" * 2500, "too-long"),
        ("What does the town plan for elderly care?", "not-chinese"),
    ],
)
def test_what_is_no_question_gets_its_reason(answering_store, text, reason):
    assert turn(answering_store, text).answer.reason == reason


def test_the_same_question_gives_the_same_answer(answering_store):
    texts = ("云溪街道新增停车泊位多少个?", "那公园呢?")
    assert turn(answering_store, *texts) == turn(answering_store, *texts)


def test_a_period_that_was_only_carried_over_is_let_go_where_it_leaves_nothing(answering_store):
    last = turn(answering_store, "青石镇2023年茶叶产值多少", "修复古道多少公里?")
    assert "修复盐茶古道12公里" in said(last.answer)
    assert "period" not in [part.what for part in last.question.carried]


def test_silence_about_a_detail_is_told_from_silence_about_the_subject(answering_store):
    detail = turn(answering_store, "云溪街道新增停车泊位每小时收费多少元?").answer
    subject = turn(answering_store, "青石镇有没有地铁线路?").answer
    assert [(a.found, a.reason) for a in (detail, subject)] == [(False, "detail-missing"), (False, "topic-missing")]


def test_the_district_that_does_answer_is_named_where_the_one_asked_about_is_silent(answering_store):
    answer = turn(answering_store, "云溪街道要新建多少亩生态茶园?").answer
    assert not answer.found
    assert answer.elsewhere == ("青石镇",)


def test_a_follow_up_about_who_is_responsible_gets_the_note(answering_store):
    last = turn(answering_store, "青石镇怎么扩大茶园?", "由谁负责?").answer
    assert "(责任单位:农业办、各村)" in said(last)


def test_a_follow_up_that_names_its_subject_again_carries_no_other(answering_store):
    last = turn(answering_store, "青石镇的茶园和采茶节怎么安排?", "采茶节它由谁负责?").question
    assert [part.what for part in last.carried] == ["districts"]


def test_a_pronoun_before_a_word_of_the_subject_still_carries_the_subject(answering_store):
    last = turn(answering_store, "青石镇的盐茶古道修复怎么安排?", "它的修复由谁负责?").question
    assert "盐茶古道" in last.topic


def test_without_a_reader_questions_are_still_answered(answering_store, monkeypatch):
    monkeypatch.setitem(vars(answering_store), "reader", None)
    assert "新增停车泊位200个" in said(turn(answering_store, "云溪街道新增停车泊位多少个?").answer)


@pytest.mark.parametrize("text", ["写一封英文请假邮件,语气客气点", "帮我把这段代码改成多线程的", "讲个冷笑话听听"])
def test_an_errand_is_refused_as_off_topic_with_nothing_near(answering_store, text):
    given = turn(answering_store, text).answer
    assert (given.found, given.reason, given.nearest) == (False, "off-topic", ())


def test_a_district_named_is_asked_about_whatever_the_words(answering_store):
    assert turn(answering_store, "帮我写一下青石镇的茶园建设任务").answer.reason != "off-topic"
