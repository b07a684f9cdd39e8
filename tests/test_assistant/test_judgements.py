"""What the reader is given to read, and what is made of its scores."""

from dataclasses import replace

import numpy as np
import pytest

from assistant.evidence import find_candidates
from assistant.judgements import JUDGED, LEAST_PASSAGES, MOST_PASSAGES, Part, asked_text, judge
from assistant.questions import read_question
from tests.conftest import FakeEncoder, FakeReader, write_plans
from vectorstore.store import build_store


@pytest.fixture
def store(tmp_path):
    plans = write_plans(tmp_path / "plans")
    return build_store(tmp_path / "store", [plans], model="fake", encoder=FakeEncoder, reader=FakeReader)[0]


def asked(text, store):
    question = read_question(text, (), store)
    facet = question.facets[0]
    hits = store.retrieve(question.topic, scope=facet.scope, limit=30)
    return question, facet, find_candidates(question, hits, store)


def column(judgement, name):
    return judgement.columns[:, JUDGED.index(name)]


def test_every_candidate_gets_a_row_of_numbers(store):
    question, facet, candidates = asked("青石镇新建了多少茶园?", store)
    (judgement,) = judge(question, [Part(facet, candidates, np.full(len(candidates), 0.1, np.float32))], store)
    assert judgement.columns.shape == (len(candidates), len(JUDGED))
    assert np.isfinite(judgement.columns).all()


def test_the_passages_most_likely_so_far_are_read_and_no_others(store):
    question, facet, candidates = asked("停车怎么办?", store)
    first = np.array([0.9 if c.rank == 3 else 0.01 for c in candidates], np.float32)
    (judgement,) = judge(question, [Part(facet, candidates, first)], store)
    assert 3 in judgement.ranks
    assert LEAST_PASSAGES <= len(judgement.ranks) <= MOST_PASSAGES
    read = {c.rank for c, seen in zip(candidates, column(judgement, "is_read"), strict=True) if seen}
    assert read == set(judgement.ranks)


@pytest.mark.slow
@pytest.mark.parametrize(("parts", "read"), [(2, LEAST_PASSAGES), (3, 1)])
def test_of_three_parts_or_more_less_of_each_is_read(store, parts, read):
    question, facet, candidates = asked("停车怎么办?", store)
    first = np.array([0.9 if c.rank == 3 else 0.01 for c in candidates], np.float32)
    judgements = judge(question, [Part(facet, candidates, first)] * parts, store)
    assert [len(judgement.ranks) for judgement in judgements] == [read] * parts


def test_no_more_is_read_than_is_wanted(store):
    question, facet, candidates = asked("停车怎么办?", store)
    alike = Part(facet, candidates, np.full(len(candidates), 0.1, np.float32))
    assert len(judge(question, [alike], store)[0].ranks) == min(MOST_PASSAGES, len({c.rank for c in candidates}))
    assert len(judge(question, [alike], store, most=2)[0].ranks) == 2


def test_passages_come_back_best_first(store):
    question, facet, candidates = asked("新建生态茶园多少亩?", store)
    (judgement,) = judge(question, [Part(facet, candidates, np.full(len(candidates), 0.1, np.float32))], store)
    best = next(c for c in candidates if c.rank == judgement.ranks[0])
    assert best.document.provenance.district == "青石镇"


def test_what_was_not_read_scores_below_all_that_was(store):
    question, facet, candidates = asked("停车怎么办?", store)
    (judgement,) = judge(
        question, [Part(facet, candidates, np.linspace(0.9, 0.01, len(candidates), dtype=np.float32))], store
    )
    seen, scores = column(judgement, "is_read") > 0, column(judgement, "read")
    assert scores[~seen].max(initial=-np.inf) < scores[seen].min()


def test_the_reader_is_asked_the_question_without_the_name_of_the_district(store):
    question, facet, candidates = asked("青石镇2023年茶叶产值多少?", store)
    judge(question, [Part(facet, candidates, np.full(len(candidates), 0.1, np.float32))], store)
    assert store.reader.asked[0][0] == "2023年茶叶产值多少?"


def test_a_part_of_a_comparison_is_asked_with_its_own_period(store):
    question, _, _ = asked("青石镇茶叶产值2023年和2024年各是多少?", store)
    texts = [asked_text(question, facet) for facet in question.facets]
    assert [text[:5] for text in texts] == ["2023年", "2024年"]
    assert texts[0][5:] == texts[1][5:]


def test_a_period_is_not_said_twice(store):
    question, facet, _ = asked("青石镇茶叶产值多少?", store)
    same = replace(question, asked="2023年茶叶产值")
    assert asked_text(same, replace(facet, period="2023年")) == "2023年茶叶产值"


def test_nothing_is_read_where_nothing_was_found(store):
    question, facet, _ = asked("停车怎么办?", store)
    (judgement,) = judge(question, [Part(facet, (), np.zeros(0, np.float32))], store)
    assert judgement.columns.shape == (0, len(JUDGED))
    assert store.reader.asked == []


def test_parts_are_read_together_and_each_gets_what_it_would_alone(store):
    question, _, _ = asked("青石镇和云溪街道的停车有哪些举措?", store)
    assert len(question.facets) == 2
    parts = []
    for facet in question.facets:
        hits = store.retrieve(question.topic, scope=facet.scope, limit=30)
        candidates = find_candidates(question, hits, store)
        parts.append(Part(facet, candidates, np.full(len(candidates), 0.1, np.float32)))
    together = judge(question, parts, store)
    for part, judgement in zip(parts, together, strict=True):
        (alone,) = judge(question, [part], store)
        assert np.array_equal(judgement.columns, alone.columns)
        assert judgement.ranks == alone.ranks
