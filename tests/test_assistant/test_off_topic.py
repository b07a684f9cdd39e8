"""Telling questions about plans from small talk, errands and general knowledge."""

import numpy as np
import pytest

from assistant.off_topic import OffTopic, is_off_topic, load_off_topic
from vectorstore.embeddings import model_identity
from vectorstore.errors import ModelError


def test_the_probability_is_logistic_in_the_vector():
    model = OffTopic("fake", np.array([2.0, 0.0, -1.0]), 0.5)
    assert model.probability(np.array([[0.5, 3.0], [1.5, 0.0]], np.float32)) == pytest.approx([0.5, 0.880797])


def test_the_bundled_model_reads_the_bundled_encoder():
    assert load_off_topic().encoder == model_identity()


def test_of_another_encoders_vectors_nothing_is_refused():
    assert not is_off_topic(np.full(64, 100.0, np.float32), "fake")


def test_a_damaged_model_names_the_file_and_the_remedy(tmp_path):
    path = tmp_path / "off-topic.npz"
    path.write_bytes(b"PK not a model")
    with pytest.raises(ModelError, match=r"off-topic\.npz.*git checkout"):
        load_off_topic(path)
