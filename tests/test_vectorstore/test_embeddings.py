"""The encoder: shapes, order, meaning, identity, and what is said of a damaged model folder."""

import json
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

import numpy as np
import pytest

from vectorstore.embeddings import BATCH_SIZE, BUNDLED_FOLDER, Encoder, load_encoder, model_identity
from vectorstore.errors import ModelError

SENTENCES = [
    "到2025年，新增公共停车泊位2000个。",
    "完善养老服务体系，新建两家社区老年助餐点。",
    "停车。",
    "推进旧区改造、“城中村”改造和既有多层住宅加装电梯，全年完成加装电梯五十台，" * 5,
]


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return load_encoder()


@pytest.fixture
def copied_folder(tmp_path: Path) -> Path:
    """Return a copy of the bundled folder that a test may damage; the weights are only linked."""
    folder = tmp_path / BUNDLED_FOLDER.name
    shutil.copytree(BUNDLED_FOLDER, folder, copy_function=_link_weights)
    return folder


def _link_weights(source: str, target: str) -> None:
    if source.endswith(".safetensors"):
        Path(target).symlink_to(source)
    else:
        shutil.copyfile(source, target)


def _replace(path: Path, content: bytes) -> None:
    path.unlink()
    path.write_bytes(content)


@pytest.mark.slow
def test_questions_become_unit_vectors_of_float32(encoder):
    vectors = encoder.encode_questions(["养老服务", "新增多少停车位？"])
    assert vectors.shape == (2, encoder.dimensions)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)


@pytest.mark.slow
def test_passages_become_unit_vectors_of_float32(encoder):
    vectors = encoder.encode_passages(SENTENCES)
    assert vectors.shape == (len(SENTENCES), encoder.dimensions)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("encode", ["encode_questions", "encode_passages"])
def test_no_texts_give_no_rows(encoder, encode):
    vectors = getattr(encoder, encode)([])
    assert vectors.shape == (0, encoder.dimensions)
    assert vectors.dtype == np.float32


@pytest.mark.slow
def test_vectors_come_in_the_order_of_the_texts_whatever_their_lengths(encoder):
    texts = [SENTENCES[2] * (1 + place * 7 % 5) + str(place) for place in range(BATCH_SIZE + 3)]
    together = encoder.encode_passages(texts)
    alone = np.concatenate([encoder.encode_passages([text]) for text in texts])
    assert together == pytest.approx(alone, abs=1e-3)


@pytest.mark.slow
@pytest.mark.parametrize("prompt", ["query", "passage"])
def test_the_bundled_folder_is_one_of_sentence_transformers_and_gives_the_same_vectors_there(prompt):
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(BUNDLED_FOLDER), device="cpu", local_files_only=True)
    expected = model.encode([*SENTENCES, "加强基层治理，" * 1000], prompt_name=prompt, normalize_embeddings=True)
    exact = load_encoder(exact=True)
    encode = exact.encode_questions if prompt == "query" else exact.encode_passages
    assert encode([*SENTENCES, "加强基层治理，" * 1000]) == pytest.approx(expected, abs=1e-5)


@pytest.mark.slow
def test_vectors_as_they_are_given_point_where_those_in_single_precision_do(encoder):
    exact = load_encoder(exact=True).encode_passages(SENTENCES)
    assert np.einsum("nd,nd->n", encoder.encode_passages(SENTENCES), exact).min() > 0.999


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("1_Pooling/config.json", {"word_embedding_dimension": 384, "pooling_mode_cls_token": True}),
        ("sentence_bert_config.json", {"max_seq_length": 512, "do_lower_case": True}),
    ],
)
def test_a_folder_of_another_shape_gives_the_vectors_of_sentence_transformers(copied_folder, name, values):
    from sentence_transformers import SentenceTransformer

    _replace(copied_folder / name, json.dumps(values).encode())
    model = SentenceTransformer(str(copied_folder), device="cpu", local_files_only=True)
    expected = model.encode(SENTENCES, prompt_name="passage", normalize_embeddings=True)
    assert load_encoder(str(copied_folder)).encode_passages(SENTENCES) == pytest.approx(expected, abs=1e-5)


@pytest.mark.slow
def test_the_bundled_encoder_is_loaded_without_the_library_that_takes_seconds():
    program = (
        "import sys; from vectorstore.embeddings import load_encoder; load_encoder(); "
        "sys.exit(any(name in sys.modules for name in ('transformers', 'sentence_transformers')))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


@pytest.mark.slow
def test_the_same_texts_give_the_same_bytes(encoder):
    assert encoder.encode_passages(SENTENCES).tobytes() == encoder.encode_passages(SENTENCES).tobytes()


@pytest.mark.slow
def test_a_text_longer_than_the_window_is_encoded(encoder):
    assert np.isfinite(encoder.encode_passages(["加强基层治理，" * 1000])).all()


@pytest.mark.slow
def test_a_passage_about_the_question_scores_higher_than_another(encoder):
    question = encoder.encode_questions(["今年要增加多少车位？"])[0]
    parking, elderly = encoder.encode_passages(SENTENCES[:2]) @ question
    assert parking > elderly


@pytest.mark.slow
def test_questions_and_passages_are_encoded_with_prompts_of_their_own(encoder):
    text = SENTENCES[:1]
    assert not np.allclose(encoder.encode_questions(text), encoder.encode_passages(text), atol=1e-3)


@pytest.mark.slow
def test_progress_is_told_after_every_batch(encoder):
    told = []
    encoder.encode_passages(["停车"] * (BATCH_SIZE + 1), on_progress=lambda done, total: told.append((done, total)))
    assert told == [(BATCH_SIZE, BATCH_SIZE + 1), (BATCH_SIZE + 1, BATCH_SIZE + 1)]


@pytest.mark.slow
def test_the_identity_is_the_name_of_the_loaded_encoder(encoder):
    assert model_identity() == encoder.name


@pytest.mark.slow
def test_the_encoder_loads_and_encodes_with_sockets_blocked(monkeypatch):
    def refuse(*arguments: object) -> NoReturn:
        raise OSError("the network was asked")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    assert load_encoder().encode_questions(["养老"]).shape[0] == 1


@pytest.mark.slow
def test_a_model_without_prompts_gets_no_prefix(encoder, copied_folder):
    _replace(copied_folder / "config_sentence_transformers.json", b"{}")
    bare = load_encoder(str(copied_folder))
    prefixed = encoder.encode_passages(SENTENCES)
    assert bare.encode_passages([f"passage: {text}" for text in SENTENCES]) == pytest.approx(prefixed, abs=1e-5)


def test_the_identity_of_a_copy_is_the_same(copied_folder):
    assert model_identity(str(copied_folder)) == model_identity()


def test_the_identity_changes_when_a_file_of_the_folder_changes(copied_folder):
    _replace(copied_folder / "sentence_bert_config.json", json.dumps({"max_seq_length": 256}).encode())
    assert model_identity(str(copied_folder)) != model_identity()


@pytest.mark.slow
def test_the_identity_changes_when_the_weights_change(copied_folder):
    weights = bytearray((copied_folder / "model.safetensors").read_bytes())
    weights[-1] ^= 1
    _replace(copied_folder / "model.safetensors", bytes(weights))
    assert model_identity(str(copied_folder)) != model_identity()


def test_the_identity_stays_when_the_model_card_is_reworded(copied_folder):
    (copied_folder / "README.md").write_text("# 另一种说法\n", encoding="utf-8")
    assert model_identity(str(copied_folder)) == model_identity()


def test_the_identity_is_known_without_importing_the_libraries():
    program = (
        "import sys; from vectorstore.embeddings import model_identity; model_identity(); "
        "sys.exit(any(name in sys.modules for name in ('torch', 'transformers', 'sentence_transformers')))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_an_empty_name_means_the_bundled_model():
    assert model_identity("") == model_identity()


@pytest.mark.parametrize("ask", [load_encoder, model_identity])
def test_a_missing_folder_is_a_model_error_that_names_the_remedy(tmp_path, ask):
    with pytest.raises(ModelError, match=r"gone.*PLANS_MODEL"):
        ask(str(tmp_path / "gone"))


@pytest.mark.parametrize("ask", [load_encoder, model_identity])
def test_an_unknown_name_is_a_model_error_that_names_the_remedy(ask):
    with pytest.raises(ModelError, match=r"nobody/no-such-model.*PLANS_MODEL"):
        ask("nobody/no-such-model")


def test_a_folder_of_another_kind_is_a_model_error(tmp_path):
    with pytest.raises(ModelError, match=r"no modules\.json.*PLANS_MODEL"):
        load_encoder(str(tmp_path))


def test_a_git_lfs_pointer_is_a_model_error_that_says_so(copied_folder):
    _replace(copied_folder / "model.safetensors", b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n")
    with pytest.raises(ModelError, match=r"model\.safetensors is a Git LFS pointer.*git lfs pull"):
        load_encoder(str(copied_folder))


def test_a_truncated_json_file_is_a_model_error_that_names_it(copied_folder):
    _replace(copied_folder / "tokenizer.json", b'{"version": ')
    with pytest.raises(ModelError, match=r"tokenizer\.json is damaged.*PLANS_MODEL"):
        load_encoder(str(copied_folder))


@pytest.mark.slow
def test_truncated_weights_are_a_model_error_that_names_the_remedy(copied_folder):
    weights = (copied_folder / "model.safetensors").read_bytes()
    _replace(copied_folder / "model.safetensors", weights[: len(weights) // 2])
    with pytest.raises(ModelError, match=r"can't be loaded.*PLANS_MODEL"):
        load_encoder(str(copied_folder))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["model.safetensors", "tokenizer.json", "config.json", "1_Pooling/config.json"])
def test_a_missing_file_is_a_model_error_that_names_the_remedy(copied_folder, name):
    (copied_folder / name).unlink()
    with pytest.raises(ModelError, match=r"can't be loaded.*PLANS_MODEL"):
        load_encoder(str(copied_folder))


@pytest.mark.slow
def test_a_tokenizer_that_cant_be_built_is_a_model_error(copied_folder):
    configuration = json.loads((copied_folder / "config.json").read_bytes())
    del configuration["tokenizer_class"]
    _replace(copied_folder / "config.json", json.dumps(configuration).encode())
    (copied_folder / "tokenizer_config.json").unlink()
    with pytest.raises(ModelError, match=r"can't be loaded.*PLANS_MODEL"):
        load_encoder(str(copied_folder))
