"""The page, run by Streamlit's own test runner over a small store; answers are put together by hand."""

import re
from collections.abc import Sequence
from dataclasses import replace

import pytest

from assistant.datatypes import Aspect, Turn
from assistant.ui import opened_store
from assistant.wording import say
from tests.conftest import FakeEncoder
from tests.test_assistant.pages import (
    CLOUD,
    PARKING,
    STONE,
    TEA,
    answering,
    ask,
    click,
    compared,
    found,
    quotations,
    shown,
    silent,
)
from vectorstore.errors import ModelError
from vectorstore.store import VectorStore, build_store

pytestmark = pytest.mark.slow


def test_the_first_screen_has_a_purpose_one_input_examples_and_a_card_for_each_document(page, small_store):
    page.run()
    assert say().PAGE_PURPOSE in shown(page)
    assert len(page.chat_input) == 1
    assert shown(page).count('class="plan-card"') == len(small_store.documents)
    assert any(button.key.startswith("example-") for button in page.button)


def test_an_answer_shows_numbered_quotes_to_the_letter(page, monkeypatch):
    answering(monkeypatch, found)
    ask(page.run(), "有哪些举措?")
    assert quotations(page) == [PARKING, TEA]
    assert re.findall(r'"plan-number">(\d+)<', shown(page)) == ["1", "2"]
    assert "云溪街道2024年工作要点" in shown(page)
    assert "一、推进城市更新 › (一)交通出行" in shown(page)


def test_an_example_is_asked_when_it_is_clicked(page, monkeypatch):
    answering(monkeypatch, found)
    page.run()
    example = next(button for button in page.button if button.key == "example-0")
    example.click().run()
    assert page.session_state["turns"][0].question.text == example.label


def test_a_follow_up_is_asked_with_the_turns_before_it(page, monkeypatch):
    seen = []
    answering(monkeypatch, lambda text, history, store: seen.append(history) or found(text, history, store))
    ask(ask(page.run(), "停车?"), "绿化呢?")
    first, second = page.session_state["turns"]
    assert seen == [(), (first,)]
    assert second.question.text == "绿化呢?"


def test_a_typed_question_is_shown_as_it_is(page, monkeypatch):
    answering(monkeypatch, found)
    ask(page.run(), "<script>x</script> $1$ **粗** :smile:")
    assert "&lt;script&gt;x&lt;/script&gt; $1$ **粗** :smile:" in shown(page)


def test_a_quote_opens_its_source_marked_and_the_way_back_keeps_the_conversation(page, small_store, monkeypatch):
    answering(monkeypatch, found)
    ask(page.run(), "茶园?")
    click(page, say().OPEN_SOURCE, place=1)
    start = small_store.document(STONE).text.index(TEA)
    assert page.query_params["doc"] == STONE
    assert page.query_params["at"] == f"{start}-{start + len(TEA)}"
    assert re.findall(r"<mark[^>]*>(.*?)</mark>", shown(page)) == [TEA]
    page.button(key="back").click().run()
    assert "doc" not in page.query_params
    assert quotations(page) == [PARKING, TEA]


def test_an_address_opened_fresh_marks_its_place(page, small_store):
    start = small_store.document(CLOUD).text.index("200个")
    page.query_params["doc"], page.query_params["at"] = CLOUD, f"{start}-{start + 4}"
    page.run()
    assert re.findall(r"<mark[^>]*>(.*?)</mark>", shown(page)) == ["200个"]
    assert len(page.get("download_button")) == 1


@pytest.mark.parametrize("at", ["x", "10", "9-3", "0-999999"])
def test_an_address_with_a_wrong_place_shows_the_document_and_says_so(page, at):
    page.query_params["doc"], page.query_params["at"] = CLOUD, at
    page.run()
    assert say().NO_SUCH_PLACE in shown(page)
    assert "<mark" not in shown(page)
    assert "新增停车泊位200个" in shown(page)


def test_an_address_whose_words_have_changed_marks_nothing_and_says_so(page):
    page.query_params["doc"], page.query_params["at"], page.query_params["of"] = CLOUD, "0-4", "00000000"
    page.run()
    assert say().MOVED_PLACE in shown(page)
    assert "<mark" not in shown(page)


def test_an_address_of_an_unknown_document_says_so(page):
    page.query_params["doc"] = "没有/这份"
    page.run()
    assert say().NO_SUCH_DOCUMENT in shown(page)


def test_a_comparison_says_what_is_not_mentioned_and_that_periods_differ(page, monkeypatch):
    answering(monkeypatch, compared)
    ask(page.run(), "停车,云溪和青石各怎么样?")
    assert re.findall(r'"plan-label">(.*?)<', shown(page)) == ["云溪街道", "青石镇"]
    assert say().NOT_MENTIONED in shown(page)
    assert say().PERIODS_DIFFER in shown(page)
    assert quotations(page) == [PARKING]


def test_silence_gives_its_reason_and_the_nearest_without_numbers(page, monkeypatch):
    answering(monkeypatch, silent("topic-missing"))
    ask(page.run(), "机场?")
    assert "云溪街道的文件里没有讲到这个话题。" in shown(page)
    assert say().NEAREST in shown(page)
    assert "plan-number" not in shown(page)
    assert quotations(page) == [PARKING]


def test_silence_offers_questions_that_can_be_answered(page, monkeypatch):
    answering(monkeypatch, silent("topic-missing"))
    ask(page.run(), "地铁?")
    offered = [button for button in page.button if button.key.startswith("answerable-0-")]
    assert offered
    assert all("云溪" in button.label for button in offered)
    answering(monkeypatch, found)
    offered[0].click().run()
    assert page.session_state["turns"][1].question.text == offered[0].label


def test_silence_says_which_other_district_answers(page, monkeypatch):
    def elsewhere(text, history, store):
        turn = silent("topic-missing")(text, history, store)
        return replace(turn, answer=replace(turn.answer, elsewhere=("青石镇",)))

    answering(monkeypatch, elsewhere)
    ask(page.run(), "茶园?")
    assert say().elsewhere_text(["青石镇"]) in shown(page)


def test_the_aspects_of_a_comparison_lead_to_its_quotes(page, monkeypatch):
    def with_aspects(text, history, store):
        turn = compared(text, history, store)
        cells = tuple(cell.quotes for cell in turn.answer.comparison.cells)
        rows = (Aspect("停车<b>泊位", cells), Aspect("路口", tuple(() for _ in cells)))
        return replace(turn, answer=replace(turn.answer, comparison=replace(turn.answer.comparison, aspects=rows)))

    answering(monkeypatch, with_aspects)
    ask(page.run(), "停车,云溪和青石各怎么样?")
    assert "停车&lt;b&gt;泊位" in shown(page)
    (target,) = re.findall(r'<td><a href="#([^"]+)">1</a>', shown(page))
    assert f'id="{target}"' in shown(page)


def test_only_the_newest_turns_are_drawn(page, small_store):
    turns = tuple(found(f"第{n}问?", (), small_store) for n in range(23))
    page.session_state["turns"] = turns
    page.run()
    assert re.findall(r"第(\d+)问", shown(page)) == [str(n) for n in range(3, 23)]
    assert "更早的 3 轮" in shown(page)


def test_a_quote_of_a_document_that_is_indexed_no_longer_is_still_shown(page, small_store):
    turn = found("茶园?", (), small_store)
    quotes = tuple(replace(quote, document="已删除") for quote in turn.answer.quotes)
    page.session_state["turns"] = (Turn(turn.question, replace(turn.answer, quotes=quotes)),)
    page.run()
    assert quotations(page) == [PARKING, TEA]
    click(page, say().OPEN_SOURCE)
    assert say().NO_SUCH_DOCUMENT in shown(page)


def test_a_new_conversation_begins_at_the_first_screen(page, monkeypatch):
    answering(monkeypatch, found)
    ask(page.run(), "停车?")
    page.button(key="anew").click().run()
    assert page.session_state["turns"] == ()
    assert say().PAGE_PURPOSE in shown(page)


def test_a_store_without_an_index_is_said_with_the_remedy(page, tmp_path, monkeypatch):
    monkeypatch.setenv("PLANS_STORE", str(tmp_path))
    page.run()
    assert "还没有建立索引" in shown(page)
    assert f"plans index 文件夹 --store {tmp_path}" in shown(page)


def test_a_store_of_another_model_is_said_with_the_remedy(page, monkeypatch):
    monkeypatch.setattr(opened_store, "model_identity", lambda model: "other")
    page.run()
    assert "索引打不开" in shown(page)


def test_a_damaged_model_is_said_and_the_question_is_not_asked_for_ever(page, monkeypatch):
    def damaged(text: str, history: Sequence[Turn], store: VectorStore) -> Turn:
        raise ModelError("model.safetensors is damaged.")

    answering(monkeypatch, damaged)
    ask(page.run(), "停车?")
    assert "语言模型打不开" in shown(page)
    page.button(key="again").click().run()
    assert say().PAGE_PURPOSE in shown(page)
    assert len(page.chat_input) == 1


def test_a_rebuilt_index_is_noticed(page, small_store, tmp_path, monkeypatch):
    page.run()
    before = shown(page).count('class="plan-card"')
    folder = tmp_path / "plans"
    folder.mkdir()
    (folder / "柳泉镇.txt").write_text("柳泉镇2024年工作要点\n\n一、优化停车环境\n\n新增车位20个。", encoding="utf-8")
    monkeypatch.setenv("PLANS_STORE", str(tmp_path / "store"))
    build_store(tmp_path / "store", [folder], model="fake", encoder=FakeEncoder)
    page.run()
    (folder / "石桥镇.txt").write_text("石桥镇2024年工作要点\n\n一、优化绿化环境\n\n种树20棵。", encoding="utf-8")
    build_store(tmp_path / "store", [folder], model="fake", encoder=FakeEncoder)
    page.run()
    assert (before, shown(page).count('class="plan-card"')) == (5, 2)
