"""Each text is encoded once, and the vectors are those that the encoder behind gives."""

import os
import sqlite3
from contextlib import closing

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import FakeEncoder
from vectorstore.embedding_cache import CachedEncoder
from vectorstore.errors import ModelError

TEXTS = ["新增停车泊位200个。", "修缮老桥三座。", "开通社区巴士2条。", "修缮老桥三座。"]


class CountingEncoder(FakeEncoder):
    """Remembers the texts it was given."""

    def __init__(self, name="fake"):
        super().__init__(name)
        self.given = []

    def encode_passages(self, texts, *, on_progress=None):
        self.given.append(list(texts))
        return super().encode_passages(texts, on_progress=on_progress)


def no_encoder():
    raise AssertionError("every text is known")


def cached(path, encoder=None, name="fake"):
    return CachedEncoder(lambda: encoder or FakeEncoder(name), name, path)


@pytest.fixture
def file(tmp_path):
    return tmp_path / "embeddings.sqlite3"


def test_vectors_are_those_of_the_encoder_behind(file):
    assert cached(file).encode_passages(TEXTS).tobytes() == FakeEncoder().encode_passages(TEXTS).tobytes()


def test_where_all_is_new_the_encoder_is_given_the_texts_as_they_are(file):
    encoder = CountingEncoder()
    cached(file, encoder).encode_passages(TEXTS)
    assert encoder.given == [TEXTS]


def test_known_texts_load_no_encoder(file):
    first = cached(file).encode_passages(TEXTS)
    again = CachedEncoder(no_encoder, "fake", file).encode_passages(TEXTS[::-1])
    assert again.tobytes() == first[::-1].tobytes()


def test_only_what_is_new_is_encoded_and_every_vector_is_in_its_place(file):
    cached(file).encode_passages(TEXTS[:2])
    encoder = CountingEncoder()
    vectors = cached(file, encoder).encode_passages(TEXTS)
    assert encoder.given == [[TEXTS[2]]]
    assert vectors.tobytes() == FakeEncoder().encode_passages(TEXTS).tobytes()


def test_another_model_knows_nothing_of_the_vectors_of_the_first(file):
    cached(file).encode_passages(TEXTS)
    encoder = CountingEncoder("other")
    cached(file, encoder, "other").encode_passages(TEXTS)
    assert encoder.given == [TEXTS]


def test_an_encoder_of_another_name_is_an_error(file):
    with pytest.raises(ModelError, match=r"other was loaded where fake was expected.*again"):
        cached(file, FakeEncoder("other")).encode_passages(TEXTS)


def test_questions_are_encoded_by_the_encoder_behind_and_not_kept(file):
    assert cached(file).encode_questions(TEXTS).tobytes() == FakeEncoder().encode_questions(TEXTS).tobytes()
    assert not file.exists()


def test_no_text_gives_no_row_of_the_right_length(file):
    assert cached(file).encode_passages([]).shape == (0, 64)


def test_progress_counts_known_texts_at_once_and_ends_with_all(file):
    cached(file).encode_passages(TEXTS[:2])
    seen = []
    cached(file).encode_passages(TEXTS, on_progress=lambda *step: seen.append(step))
    assert seen == [(3, 4), (4, 4)]


def test_progress_ends_with_all_where_nothing_is_new(file):
    cached(file).encode_passages(TEXTS)
    seen = []
    cached(file).encode_passages(TEXTS, on_progress=lambda *step: seen.append(step))
    assert seen == [(4, 4)]


@pytest.mark.slow
@given(st.lists(st.text(max_size=5), max_size=8), st.lists(st.text(max_size=5), max_size=8))
def test_whatever_was_met_before_the_vectors_are_the_same(tmp_path_factory, before, texts):
    file = tmp_path_factory.mktemp("cache") / "embeddings.sqlite3"
    cached(file).encode_passages(before)
    assert cached(file).encode_passages(texts).tobytes() == FakeEncoder().encode_passages(texts).tobytes()


def test_a_lone_surrogate_is_a_text_like_any_other(file):
    cached(file).encode_passages(["推进\ud800"])
    assert CachedEncoder(no_encoder, "fake", file).encode_passages(["推进\ud800"]).shape == (1, 64)


# A file that is not what it should be


@pytest.mark.parametrize("damage", [b"not a database at all" * 100, b"SQLite format 3\0" + b"\xff" * 4096])
def test_a_damaged_file_is_set_aside_and_a_new_one_written(file, damage):
    file.write_bytes(damage)
    assert cached(file).encode_passages(TEXTS).tobytes() == FakeEncoder().encode_passages(TEXTS).tobytes()
    assert file.with_name("embeddings.sqlite3.damaged").read_bytes() == damage
    CachedEncoder(no_encoder, "fake", file).encode_passages(TEXTS)


def test_a_file_cut_off_in_the_middle_changes_no_vector(file):
    texts = [f"第{number}项工作。" for number in range(200)]
    cached(file).encode_passages(texts)
    os.truncate(file, file.stat().st_size // 2)
    assert cached(file).encode_passages(texts).tobytes() == FakeEncoder().encode_passages(texts).tobytes()


@pytest.mark.parametrize("value", [b"\0" * 256, b"", "文字", 7])
def test_a_vector_that_was_changed_is_encoded_again(file, value):
    cached(file).encode_passages(TEXTS)
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("UPDATE vectors SET vector = ?", (value,))
    assert cached(file).encode_passages(TEXTS).tobytes() == FakeEncoder().encode_passages(TEXTS).tobytes()


def test_a_file_of_another_version_is_set_aside(file):
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("PRAGMA user_version = 99")
    cached(file).encode_passages(TEXTS)
    CachedEncoder(no_encoder, "fake", file).encode_passages(TEXTS)


def test_where_no_file_can_be_written_everything_is_encoded(tmp_path):
    (tmp_path / "file").touch()
    path = tmp_path / "file" / "embeddings.sqlite3"
    for _ in range(2):
        assert cached(path).encode_passages(TEXTS).tobytes() == FakeEncoder().encode_passages(TEXTS).tobytes()
    cached(path).forget_unused()


# What is forgotten


def build(file, *texts):
    """Encode as a build does: the texts, then forget."""
    encoder = CountingEncoder()
    behind = cached(file, encoder)
    behind.encode_passages(texts)
    behind.forget_unused()
    return [text for call in encoder.given for text in call]


def test_texts_of_the_index_in_use_and_of_the_one_before_are_kept(file):
    build(file, "甲", "乙")
    build(file, "乙")
    assert build(file, "甲", "乙") == []


def test_texts_that_neither_of_the_last_two_indexes_holds_are_forgotten(file):
    for texts in (["甲", "乙"], ["乙"], ["乙"]):
        build(file, *texts)
    assert build(file, "甲", "乙") == ["甲"]


def test_what_an_interrupted_build_encoded_is_known_to_the_next(file):
    build(file, "甲")
    cached(file).encode_passages(["甲", "乙"])
    assert build(file, "甲", "乙") == []


def test_an_interrupted_build_takes_nothing_from_the_indexes_kept(file):
    build(file, "甲")
    cached(file).encode_passages(["乙"])
    build(file, "丙")
    assert build(file, "甲") == []


def test_vectors_are_float32_of_unit_length(file):
    cached(file).encode_passages(TEXTS)
    vectors = cached(file).encode_passages(TEXTS)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1)
