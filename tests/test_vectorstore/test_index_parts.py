"""The texts that passages and sentences are searched with."""

from tests.conftest import CLOUD_POINTS
from vectorstore.chunks import make_chunks
from vectorstore.documents import read_document
from vectorstore.index_parts import chunk_text, sentence_text


def test_a_chunk_is_searched_with_title_and_headings_and_its_own_words():
    document = read_document("plan.txt", CLOUD_POINTS)
    chunk = next(chunk for chunk in make_chunks(document) if "口袋公园" in chunk.span.of(CLOUD_POINTS))
    assert chunk_text(document, chunk).split("\n")[0] == "云溪街道2024年工作要点 一、推进城市更新"
    assert chunk_text(document, chunk).endswith(chunk.span.of(CLOUD_POINTS))


def test_a_sentence_is_searched_with_the_two_headings_above_it():
    document = read_document("plan.txt", CLOUD_POINTS)
    number = next(n for n, s in enumerate(document.sentences) if "巴士" in s.span.of(CLOUD_POINTS))
    assert sentence_text(document, number) == "(一)交通出行 2.优化公交。 开通社区巴士2条。"
