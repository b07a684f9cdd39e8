"""Questions with evidence → the sentences that are learned from."""

import json

import pytest

from vectorstore.documents import read_document
from vectorstore.training.examples import answering_sentences, held_out_documents, read_corpus

TEXT = "一、停车\n新增停车泊位200个。改造路口3处。\n二、绿化\n新增停车泊位200个。建成公园4个。"


def texts(document, numbers):
    return [document.sentences[n].span.of(document.text) for n in sorted(numbers)]


def test_a_quote_marks_its_sentence_wherever_it_stands():
    document = read_document("plan.txt", TEXT)
    assert texts(document, answering_sentences(document, ["新增停车泊位200个。"])) == ["新增停车泊位200个。"] * 2


def test_pieces_of_one_sentence_mark_it_together():
    document = read_document("plan.txt", TEXT)
    assert texts(document, answering_sentences(document, ["建成", "公园4个。"])) == ["建成公园4个。"]


def test_a_small_part_of_a_sentence_does_not_mark_it():
    document = read_document("plan.txt", TEXT)
    assert answering_sentences(document, ["公园"]) == frozenset()


def test_the_same_documents_are_held_out_in_any_order():
    names = [f"文件{n}" for n in range(40)]
    assert held_out_documents(names) == held_out_documents(reversed(names))
    assert len(held_out_documents(names)) == 12


@pytest.mark.slow
def test_a_question_whose_evidence_is_not_found_is_left_out(tmp_path):
    rows = [
        {"id": "a", "doc": "plan", "kind": "fact", "q": "停车?", "quotes": ["新增停车泊位200个。"]},
        {"id": "b", "doc": "plan", "kind": "fact", "q": "桥?", "quotes": ["修桥三座。"]},
        {"id": "c", "doc": "plan", "kind": "unanswerable", "q": "机场?", "quotes": []},
    ]
    questions, documents = tmp_path / "q.jsonl", tmp_path / "d.jsonl"
    questions.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    documents.write_text(json.dumps({"doc": "plan", "text": TEXT}, ensure_ascii=False) + "\n", encoding="utf-8")
    corpus = read_corpus([questions], [documents])
    assert [(a.id, bool(a.gold)) for a in corpus.questions] == [("a", True), ("c", False)]
