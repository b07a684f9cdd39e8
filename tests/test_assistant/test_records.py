import json
from dataclasses import fields, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.datatypes import (
    Answer,
    Aspect,
    Carried,
    Cell,
    Comparison,
    Facet,
    Figure,
    Question,
    Quote,
    Turn,
)
from assistant.records import VERSION, read_turn, turn_record
from vectorstore.datatypes import Chunk, Hit, Scope, Span

QUOTE = Quote(
    "云溪/要点", Span(3, 9), "停车泊位\n200个", "云溪街道", "2024年工作要点", ("一、交通", "1.停车"), 4, 0.625
)
QUESTION = Question(
    text="云溪和青石的停车泊位",
    topic="停车泊位",
    asked="停车泊位多少",
    asks="figure",
    districts=("云溪街道", "青石镇"),
    facets=(
        Facet("云溪街道", Scope(("云溪街道",), ("云溪/要点",), (2024,), ("plan",)), "2024年", "停车泊位多少"),
        Facet("青石镇", Scope(), asked="停车泊位2023年多少"),
    ),
    compares=True,
    years=(2023, 2024),
    carried=(Carried("topic", "停车"),),
    unknown_places=("桃花岭",),
    unknown_years=(1999,),
    corrected=(("挺车", "停车"), ("伯位", "泊位")),
    within=Scope(years=(2024,)),
)
COMPARISON = Comparison(
    by="district",
    cells=(Cell("云溪街道", (0,)), Cell("青石镇", ())),
    aspects=(Aspect("泊位", ((0,), ())),),
    figures=(Figure("停车泊位", 200.0, "个", 0, "200个"),),
    periods_differ=True,
)
ANSWER = Answer(QUESTION, (QUOTE,), ("云溪街道",), (), COMPARISON, "detail-missing", (QUOTE, QUOTE), ("松岭区",))
TURN = Turn(QUESTION, ANSWER)


def changed(path, value):
    """Return the record of the turn with another value at a path: keys of objects and numbers of array items."""
    record = turn_record(TURN)
    *above, last = path
    place = record
    for key in above:
        place = place[key]
    place[last] = value
    return record


def test_a_turn_comes_back_as_it_was():
    assert read_turn(turn_record(TURN)) == TURN


def test_the_sample_turn_leaves_no_field_but_the_ranking_at_its_default():
    for value in (QUESTION, ANSWER, COMPARISON, QUESTION.facets[0]):
        left = {field.name for field in fields(value) if getattr(value, field.name) == field.default}
        assert not left
    assert [field.name for field in fields(ANSWER) if not getattr(ANSWER, field.name)] == ["passages"]


def test_a_record_is_what_json_gives_back():
    record = turn_record(TURN)
    assert json.loads(json.dumps(record)) == record


def test_a_record_carries_its_version():
    assert turn_record(TURN)["version"] == VERSION


def test_the_ranking_is_not_kept():
    ranked = replace(TURN, answer=replace(ANSWER, passages=(Hit(Chunk("云溪/要点", Span(0, 9), 0, 1), 0.5),)))
    assert read_turn(turn_record(ranked)) == TURN


def test_what_was_not_known_comes_back_as_none():
    bare = replace(TURN, answer=replace(ANSWER, comparison=None, reason=None, quotes=(replace(QUOTE, district=None),)))
    back = read_turn(turn_record(bare)).answer
    assert (back.comparison, back.reason, back.quotes[0].district) == (None, None, None)


def test_a_number_written_without_its_point_is_read():
    assert read_turn(changed(("turn", "answer", "quotes", 0, "score"), 1)).answer.quotes[0].score == 1.0


@pytest.mark.slow
@given(st.text(st.characters(exclude_categories=())), st.text())
def test_any_text_comes_back_as_it_was(text, other):
    turn = Turn(replace(QUESTION, text=text, corrected=((text, other),)), replace(ANSWER, elsewhere=(text, other)))
    assert read_turn(json.loads(json.dumps(turn_record(turn), ensure_ascii=False))) == turn


# Compared as they are written out: a score that is no number is not equal to itself
@pytest.mark.slow
@settings(max_examples=50)
@given(st.from_type(Turn))
def test_any_turn_comes_back_as_it_was(turn):
    kept = replace(turn, answer=replace(turn.answer, passages=()))
    assert repr(read_turn(json.loads(json.dumps(turn_record(turn))))) == repr(kept)


@pytest.mark.parametrize(
    "record",
    [None, [], "turn", {}, {"version": VERSION}, {**turn_record(TURN), "more": 1}, changed(("turn",), None)],
)
def test_what_is_no_record_of_a_turn_is_refused(record):
    with pytest.raises(ValueError, match=r"record of a turn|turn should be a Turn"):
        read_turn(record)


@pytest.mark.parametrize("version", [VERSION + 1, VERSION - 1, str(VERSION), True, None])
def test_another_version_is_refused(version):
    with pytest.raises(ValueError, match="has version"):
        read_turn(changed(("version",), version))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("question", "text"), 1),
        (("question", "text"), None),
        (("question", "asks"), "poem"),
        (("question", "compares"), 1),
        (("question", "years"), 2024),
        (("question", "years", 0), True),
        (("question", "years", 0), 2024.0),
        (("question", "districts"), "云溪街道"),
        (("question", "facets", 0, "scope"), None),
        (("question", "corrected", 0), ["挺车"]),
        (("answer", "reason"), "tired"),
        (("answer", "comparison"), []),
        (("answer", "comparison", "cells", 0, "quotes", 0), "0"),
        (("answer", "quotes", 0, "score"), "0.5"),
        (("answer", "quotes", 0, "span"), [3, 9]),
        (("answer", "quotes", 0, "new"), 1),
    ],
)
def test_a_value_of_another_shape_is_refused_by_the_name_of_its_field(path, value):
    place = path[1] if path[-1] != "new" else "span"
    with pytest.raises(ValueError, match=place):
        read_turn(changed(("turn", *path), value))


def test_a_record_that_lacks_a_field_is_refused():
    record = turn_record(TURN)
    del record["turn"]["question"]["asked"]
    with pytest.raises(ValueError, match=r"turn\.question should be a Question"):
        read_turn(record)


def test_a_refusal_is_short_and_can_be_shown_anywhere():
    with pytest.raises(ValueError, match="should be") as caught:
        read_turn(changed(("turn", "question", "years"), "\ud800云" * 1000))
    assert str(caught.value).isascii()
    assert len(str(caught.value)) < 200
