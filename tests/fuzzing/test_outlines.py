"""Any text → Document and chunks: whatever a file holds, places fit, nest, and lose nothing."""

import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.quotes import make_quote
from tests.fuzzing.cases import share, share_when_small
from tests.fuzzing.plans import plans
from tests.test_vectorstore.plan_texts import GAPS, LABELS, MARKS, WORDS
from tests.test_vectorstore.test_chunks import assert_chunks_hold_each_sentence_once
from tests.test_vectorstore.test_documents import assert_sections_nest, assert_sentences_tile
from vectorstore.blocks import label_at, lies_within, read_blocks
from vectorstore.chunks import context_of, make_chunks
from vectorstore.datatypes import Provenance, Span
from vectorstore.documents import folded, outlines_of, read_document
from vectorstore.folding import fold, fold_width
from vectorstore.sentences import split_sentences

LONG = 30_000
SECONDS = 5


def read(text):
    return read_document("云溪/要点.txt", text)


@share_when_small(0.5)
@given(plans)
def test_sentences_hold_each_visible_character_once(text):
    assert_sentences_tile(text)


@share_when_small(0.5)
@given(plans)
def test_paragraphs_are_in_order_apart_and_hold_their_sentences(text):
    document = read(text)
    assert all(before.end <= after.start for before, after in pairwise(document.paragraphs))
    assert all(0 <= span.start < span.end <= len(text) and span.of(text).strip() for span in document.paragraphs)
    numbers = [sentence.paragraph for sentence in document.sentences]
    assert sorted(set(numbers)) == list(range(len(document.paragraphs)))
    assert numbers == sorted(numbers)


@share_when_small(0.5)
@given(plans)
def test_sections_lie_in_those_above_and_hold_their_sentences(text):
    assert_sections_nest(text)


@share_when_small(0.5)
@given(plans)
def test_sections_are_in_reading_order_and_side_by_side_do_not_overlap(text):
    sections = read(text).sections
    assert all(before.span.start <= after.span.start for before, after in pairwise(sections))
    ends: dict[int | None, int] = {}
    for section in sections:
        assert section.span.start >= ends.get(section.parent, 0)
        ends[section.parent] = section.span.end


@share_when_small(0.5)
@given(plans)
def test_headings_above_a_sentence_do_not_come_after_it(text):
    document = read(text)
    for sentence in document.sentences:
        assert all(heading.start <= sentence.span.start for heading in document.headings(sentence.section))


@share_when_small(0.5)
@given(plans)
def test_places_below_a_section_are_sentences_of_it_in_order(text):
    document = read(text)
    for parent, numbers in outlines_of(document).items():
        assert list(numbers) == sorted(set(numbers))
        assert all(document.sections[document.sentences[n].section].parent == parent for n in numbers)


@share_when_small(0.5)
@given(plans)
def test_reading_a_text_twice_gives_the_same_document(text):
    first, second = read(text), read(text)
    assert first.text == second.text == text
    for part in ("id", "provenance", "sections", "paragraphs", "sentences"):
        assert getattr(first, part) == getattr(second, part)


@share_when_small(0.5)
@given(plans)
def test_chunks_hold_each_sentence_once(text):
    assert_chunks_hold_each_sentence_once(text)


@share_when_small(0.5)
@given(plans)
def test_the_id_of_a_chunk_reads_back_as_its_place(text):
    document = read(text)
    for chunk in make_chunks(document):
        name, _, places = chunk.id.rpartition(":")
        place = Span(*map(int, places.split("-")))
        assert (name, place) == (document.id, chunk.span)
        assert place.of(text).strip()


@share_when_small(0.5)
@given(plans)
def test_the_context_of_a_chunk_is_its_title_and_headings_above_it_alone(text):
    document = read(text)
    for chunk in make_chunks(document):
        context = context_of(document, chunk)
        assert context
        assert len(context) <= 41 * (1 + len(document.headings(document.sentences[chunk.first].section)))


@share_when_small(0.5)
@given(plans)
def test_a_quote_of_each_sentence_is_what_stands_there(text):
    document = read(text)
    for sentence in document.sentences:
        quote = make_quote(
            document, sentence.span, section=sentence.section, paragraph=sentence.paragraph + 1, score=0.5
        )
        assert quote.text == text[quote.span.start : quote.span.end] == sentence.span.of(text)
        assert quote.text.strip()


@share_when_small(0.5)
@given(plans)
def test_what_a_text_says_of_itself_is_in_bounds(text):
    said = read(text).provenance
    assert isinstance(said, Provenance)
    assert said.title is None or 0 < len(said.title) <= 120
    assert said.period is None or 1900 <= said.period.start <= said.period.end <= 2100
    if said.date is not None:
        year, month, *day = map(int, said.date.split("-"))
        assert 0 <= year <= 9999
        assert 1 <= month <= 12
        assert all(1 <= number <= 31 for number in day)


@share_when_small(0.5)
@given(plans)
def test_folding_keeps_each_place_and_is_done_once(text):
    view = fold(text)
    assert len(view) == len(fold_width(text)) == len(text)
    assert fold(view) == view == folded(read(text))


@share_when_small(0.5)
@given(plans)
def test_sentences_of_any_stretch_stay_in_it(text):
    view = fold_width(text)
    for stretch in (Span(0, len(text)), Span(len(text) // 3, 2 * len(text) // 3)):
        spans = split_sentences(view, stretch)
        assert all(stretch.start <= span.start < span.end <= stretch.end for span in spans)
        assert all(before.end <= after.start for before, after in pairwise(spans))
        held = {place for span in spans for place in range(span.start, span.end)}
        assert {p for p in range(stretch.start, stretch.end) if not view[p].isspace()} <= held


@share_when_small(0.5)
@given(plans)
def test_the_label_of_a_block_stands_at_its_beginning(text):
    view = fold_width(text)
    for block in read_blocks(text)[0]:
        assert (block.style, block.label_end) == label_at(view, block.span.start, block.span.end)
        assert block.span.start <= block.label_end <= block.span.end
        assert (block.style is None) == (block.label_end == block.span.start)


@given(st.lists(st.integers(0, 60), unique=True, max_size=12), st.integers(0, 60), st.integers(0, 5))
def test_lying_within_a_place_is_found_as_by_asking_each(edges, start, length):
    edges = sorted(edges)
    places = [Span(a, b) for a, b in zip(edges[::2], edges[1::2], strict=False)]
    expected = any(place.start < start and start + length < place.end for place in places)
    assert lies_within(start, start + length, places) == expected


@pytest.mark.slow
@share(0.04)
@given(st.lists(st.sampled_from([*LABELS, *WORDS, *MARKS, *GAPS]), min_size=1, max_size=4).map("".join))
def test_a_long_text_of_one_piece_is_cut_in_seconds(piece):
    text = piece * (LONG // max(1, len(piece)))
    began = time.process_time()
    make_chunks(read(text))
    assert time.process_time() - began < SECONDS
