"""How question, headings and sentences are put before the reader, and what comes back."""

import json
import shutil

import pytest

from vectorstore.datatypes import Passage
from vectorstore.documents import read_document
from vectorstore.embeddings import BUNDLED_FOLDER
from vectorstore.errors import ModelError
from vectorstore.reranking import (
    CONFIG,
    PASSAGE_TOKENS,
    QUESTION_TOKENS,
    READER_FOLDER,
    WEIGHTS,
    collate,
    encode_pair,
    load_model,
    load_reader,
    load_tokenizer,
    make_passage,
)

TEA = Passage("青石镇 发展茶产业", ("扩大茶园。", "新建生态茶园800亩。", "举办采茶节。"))
PLAN = """云溪街道2024年工作要点

一、推进城市更新

(一)交通出行

1.优化停车。新增停车泊位200个。改造路口3处。
"""


@pytest.fixture(scope="module")
def tokenizer():
    return load_tokenizer()


def words_of(tokenizer, encoded, owner):
    ids = [i for i, o in zip(encoded.ids, encoded.owners, strict=True) if o == owner]
    return tokenizer.decode(ids, skip_special_tokens=True).replace(" ", "").replace("▁", "")


def test_each_sentence_owns_its_own_tokens_and_nothing_else(tokenizer):
    encoded = encode_pair(tokenizer, "茶园多大?", TEA)
    assert [words_of(tokenizer, encoded, n) for n in range(3)] == list(TEA.sentences)
    assert "茶园多大" in words_of(tokenizer, encoded, -1)


def test_a_long_question_is_cut_so_that_the_passage_keeps_its_room(tokenizer):
    encoded = encode_pair(tokenizer, "养老服务" * 200, TEA)
    assert encoded.owners.count(-1) <= QUESTION_TOKENS + 64 + 3
    assert max(encoded.owners) == 2


def test_sentences_past_the_limit_have_no_tokens(tokenizer):
    encoded = encode_pair(tokenizer, "问", Passage("", ("新建生态茶园800亩。",) * 200))
    assert sum(owner >= 0 for owner in encoded.owners) <= PASSAGE_TOKENS


def test_a_passage_carries_the_title_and_the_headings_above_it():
    document = read_document("云溪街道2024年工作要点.txt", PLAN)
    number = next(n for n, s in enumerate(document.sentences) if "泊位" in s.span.of(PLAN))
    passage = make_passage(document, [number])
    assert passage.context.split(" ")[0] == "云溪街道2024年工作要点"
    assert "交通出行" in passage.context
    assert passage.sentences == ("新增停车泊位200个。",)


def test_no_reader_is_loaded_where_none_is_wanted():
    assert load_reader("none") is None


def test_a_folder_without_a_reader_is_named_with_the_remedy(tmp_path):
    with pytest.raises(ModelError, match=rf"{tmp_path.name}.*PLANS_READER"):
        load_reader(str(tmp_path))


@pytest.mark.slow
def test_pooling_weighs_every_token_of_a_sentence_alike_and_no_other(tokenizer):
    rows = [encode_pair(tokenizer, "茶园多大?", TEA), encode_pair(tokenizer, "问", Passage("", ("短。",)))]
    ids, mask, pool = collate(rows)
    assert ids.shape == mask.shape == (2, len(rows[0].ids))
    assert pool.sum(dim=2).tolist()[0] == pytest.approx([1, 1, 1])
    assert pool[1, 1:].sum() == 0
    assert (pool[1].sum(dim=0) * (1 - mask[1])).sum() == 0


@pytest.mark.slow
def test_the_bundled_reader_finds_the_answering_sentence():
    (scores,) = load_reader().read([("新建了多少亩茶园?", TEA)])
    assert max(range(3), key=lambda n: scores.sentences[n]) == 1


@pytest.mark.slow
def test_scores_do_not_depend_on_what_is_read_beside():
    reader = load_reader()
    (alone,) = reader.read([("新建了多少亩茶园?", TEA)])
    other = Passage("", ("发展旅游业,修复盐茶古道12公里。" * 8,))
    beside = reader.read([("有哪些旅游项目?", other), ("新建了多少亩茶园?", TEA)])[1]
    assert beside.sentences == pytest.approx(alone.sentences, abs=0.02)


@pytest.mark.slow
def test_scores_in_single_precision_are_those_of_the_model_that_was_trained(tokenizer):
    import torch

    (scores,) = load_reader(exact=True).read([("新建了多少亩茶园?", TEA)])
    with torch.inference_mode():
        sentences, whole = load_model(READER_FOLDER)(*collate([encode_pair(tokenizer, "新建了多少亩茶园?", TEA)]))
    assert scores.sentences == pytest.approx(sentences[0].tolist(), abs=1e-3)
    assert scores.passage == pytest.approx(float(whole[0]), abs=1e-3)


@pytest.mark.slow
def test_scores_as_they_are_given_stay_near_those_in_single_precision():
    passages = [
        TEA,
        Passage("", ("发展旅游业,修复盐茶古道12公里。",)),
        Passage("青石镇", ("新增停车泊位200个。", "改造路口。")),
    ]
    quick, exact = (
        load_reader(exact=exact).read([("新建了多少亩茶园?", passage) for passage in passages])
        for exact in (False, True)
    )
    for near, far in zip(quick, exact, strict=True):
        assert [*near.sentences, near.passage] == pytest.approx([*far.sentences, far.passage], abs=0.4)


@pytest.mark.slow
def test_a_passage_without_sentences_has_a_score_of_its_own_alone():
    (scores,) = load_reader().read([("茶园?", Passage("青石镇 发展茶产业", ()))])
    assert scores.sentences == ()
    assert -20 < scores.passage < 20


@pytest.mark.slow
def test_every_sentence_gets_a_score_even_where_it_was_not_read():
    (scores,) = load_reader().read([("茶园?", Passage("", ("新建生态茶园800亩。",) * 120))])
    assert len(scores.sentences) == 120
    assert min(scores.sentences) == scores.sentences[-1]


@pytest.mark.slow
def test_a_reader_trained_on_other_word_embeddings_is_refused(tmp_path):
    folder = tmp_path / "reader"
    shutil.copytree(READER_FOLDER, folder)
    config = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
    (folder / CONFIG).write_text(json.dumps(config | {"word_embeddings": "0"}), encoding="utf-8")
    with pytest.raises(ModelError, match="other word embeddings"):
        load_reader(str(folder))


@pytest.mark.slow
def test_damaged_weights_are_named_with_the_remedy(tmp_path):
    folder = tmp_path / "reader"
    folder.mkdir()
    shutil.copy(READER_FOLDER / CONFIG, folder)
    (folder / WEIGHTS).write_bytes(b"not weights")
    with pytest.raises(ModelError, match="git checkout"):
        load_reader(str(folder))


def test_the_models_in_the_repository_stay_small():
    size = sum(path.stat().st_size for path in BUNDLED_FOLDER.parent.rglob("*") if path.is_file())
    assert size <= 120e6


@pytest.mark.slow
def test_a_pair_that_is_read_again_is_not_computed_again(monkeypatch):
    reader = load_reader()
    first = reader.read([("茶园多大?", TEA)])
    monkeypatch.setattr(reader, "_bert", lambda rows: pytest.fail("computed again"))
    assert reader.read([("茶园多大?", TEA), ("茶园多大?", TEA)]) == first * 2
