"""Document → chunks: every sentence once, in order, cut along the outline."""

from pathlib import Path

import pytest
from hypothesis import given, settings

from tests.conftest import CLOUD_POINTS
from tests.test_vectorstore.plan_texts import plan_like
from vectorstore.chunks import LIMIT, context_of, make_chunks
from vectorstore.documents import read_document
from vectorstore.readers import read_text

SEEDS = sorted((Path(__file__).parents[2] / "seeds").glob("*.txt"))


def assert_chunks_hold_each_sentence_once(text):
    document = read_document("plan.txt", text)
    chunks = make_chunks(document)
    assert [n for chunk in chunks for n in range(chunk.first, chunk.last + 1)] == list(range(len(document.sentences)))
    for chunk in chunks:
        first, last = document.sentences[chunk.first], document.sentences[chunk.last]
        assert (chunk.span.start, chunk.span.end) == (first.span.start, last.span.end)
    assert len({chunk.id for chunk in chunks}) == len(chunks)


def pieces(text):
    document = read_document("plan.txt", text)
    return [chunk.span.of(text) for chunk in make_chunks(document)]


@pytest.mark.slow
@settings(max_examples=300)
@given(plan_like)
def test_chunks_of_generated_plans_hold_every_sentence_once_and_in_order(text):
    assert_chunks_hold_each_sentence_once(text)


@pytest.mark.parametrize("path", SEEDS, ids=lambda path: path.stem)
def test_chunks_of_a_bundled_plan_hold_every_sentence_once_and_in_order(path):
    assert_chunks_hold_each_sentence_once(read_text(path))


@given(plan_like)
def test_every_chunk_has_a_context(text):
    document = read_document("plan.txt", text)
    assert all(context_of(document, chunk) for chunk in make_chunks(document))


def test_a_document_without_sentences_has_no_chunks():
    assert make_chunks(read_document("plan.txt", "|")) == ()


def test_the_id_of_a_chunk_is_its_address():
    chunk = make_chunks(read_document("云溪/要点.txt", "推进工作。"))[0]
    assert chunk.id == "云溪/要点:0-5"


def test_a_heading_goes_with_what_follows_it():
    long = "推进停车设施建设和道路改造工作,方便居民出行。" * 12
    assert [piece[:4] for piece in pieces(f"一、停车\n{long}\n二、公交\n{long}")] == ["一、停车", "二、公交"]


def test_small_items_under_one_heading_are_joined():
    assert pieces("一、任务\n1.停车。新增泊位。\n2.公交。增加班次。\n3.步道。新建步道。")[0].count("\n") == 3


def test_items_under_different_headings_are_kept_apart():
    text = "一、城市更新\n(一)停车\n1.支路。划线。\n二、民生实事\n(一)养老\n1.助餐。新建食堂。"
    assert ["民生" in piece for piece in pieces(text)] == [False, True]


def test_an_item_that_fits_is_kept_whole():
    item = "1.停车。" + "新增公共停车泊位并改造路口。" * 28
    assert item in pieces(f"一、任务\n{item}\n2.公交。增加班次。")[0]


def test_what_is_too_long_is_cut_between_sentences_into_parts_of_like_length():
    parts = pieces("新增公共停车泊位并且改造路口。" * 100)
    assert len(parts) > 1
    assert all(part.endswith("。") and len(part) <= LIMIT for part in parts)
    assert min(map(len, parts)) > max(map(len, parts)) / 2


def test_a_long_run_of_headings_is_cut_too():
    contents = "\n".join(f"{number}、推进养老服务体系建设" for number in "一二三四五六七八九十" * 8)
    assert max(map(len, pieces(contents))) <= LIMIT


def test_a_heading_is_not_left_behind_by_a_cut():
    item = "新增公共停车泊位,改造路口,方便居民出行和企业运输,提高通行效率。" * 12
    parts = pieces("\n".join(["一、停车", item, "二、公交", item, "三、步道", item]))
    assert not any(part.endswith(("停车", "公交", "步道")) for part in parts)


def test_the_context_names_the_document_and_the_headings_above():
    document = read_document("plan.txt", CLOUD_POINTS)
    chunk = next(chunk for chunk in make_chunks(document) if "口袋公园" in chunk.span.of(CLOUD_POINTS))
    assert context_of(document, chunk) == "云溪街道2024年工作要点 一、推进城市更新"


def test_the_context_does_not_repeat_the_chunks_own_heading():
    document = read_document("plan.txt", "一、停车\n新增泊位200个。")
    assert context_of(document, make_chunks(document)[0]) == "plan"
