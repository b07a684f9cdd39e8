from dataclasses import replace

import numpy as np
import pytest

from assistant.evidence import NAMES
from assistant.selection import READING_MODEL, choose, gate_inputs, load_selector
from vectorstore.errors import ModelError


def probabilities(*values):
    return np.array(values, dtype=np.float32)


def test_one_sure_sentence_is_chosen_alone():
    assert choose(probabilities(0.05, 0.95, 0.02), recall_weight=1.0) == [1]


def test_all_of_several_sure_sentences_are_chosen_best_first():
    assert choose(probabilities(0.8, 0.9, 0.01, 0.85), recall_weight=1.0) == [1, 3, 0]


def test_a_larger_weight_of_recall_takes_more():
    unsure = probabilities(0.6, 0.4, 0.3, 0.3, 0.05)
    assert len(choose(unsure, recall_weight=2.0)) > len(choose(unsure, recall_weight=0.5))


def test_nothing_is_chosen_of_nothing():
    assert choose(probabilities(), recall_weight=1.0) == []


def test_the_choice_is_the_best_set_by_expected_f():
    values = probabilities(0.7, 0.5, 0.45, 0.2, 0.1)
    total = float(values.sum())
    expected = [2 * float(values[:size].sum()) / (size + total) for size in range(1, 6)]
    assert len(choose(values, recall_weight=1.0)) == 1 + int(np.argmax(expected))


def test_the_bundled_model_reads_the_features_that_the_program_makes():
    assert load_selector().names == NAMES


def test_the_bundled_model_gives_probabilities():
    selector = load_selector()
    features = np.random.default_rng(1).normal(size=(20, len(NAMES))).astype(np.float32)
    scores = selector.probabilities(features)
    assert scores.shape == (20,)
    assert ((scores > 0) & (scores < 1)).all()


def test_no_sentence_never_passes_the_gate():
    selector = load_selector()
    assert not selector.passes(np.zeros((0, len(NAMES)), np.float32), probabilities())


def test_the_gate_reads_the_best_sentence():
    features = np.zeros((2, len(NAMES)), np.float32)
    features[1, NAMES.index("cosine")] = 0.9
    assert np.float32(0.9) in gate_inputs(NAMES, features, probabilities(0.1, 0.8))


def test_in_a_comparison_the_reader_must_not_be_sure_that_nothing_answers():
    selector = replace(load_selector(READING_MODEL), gate_threshold=0.0)
    features = np.zeros((1, len(selector.names)), np.float32)
    features[0, selector.names.index("read")] = selector.least_read - 0.5
    assert selector.passes(features, probabilities(0.9))
    assert not selector.passes(features, probabilities(0.9), compared=True)


def test_a_damaged_model_names_the_file_and_the_remedy(tmp_path):
    damaged = tmp_path / "selection.npz"
    damaged.write_bytes(b"PK\x03\x04 not a model")
    with pytest.raises(ModelError, match=r"selection\.npz.*git checkout"):
        load_selector(damaged)
