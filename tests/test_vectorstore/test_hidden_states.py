"""The forward pass against transformers' own, and that rows computed together stay apart."""

import pytest

from vectorstore import hidden_states
from vectorstore.hidden_states import Bert

pytestmark = pytest.mark.slow
HEADS, LAYERS, WIDTH, WORDS = 4, 3, 128, 50
ROWS = [[0, 7, 9, 11, 2], [0, 8, 2], [0, 12, 2], [0, *range(3, 40), 2], [0, 7, 9, 11, 2]]


@pytest.fixture(scope="module")
def model():
    """Return a small BERT of transformers with numbers of its own."""
    import torch
    from transformers import BertConfig, BertModel

    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=WORDS,
        hidden_size=WIDTH,
        num_hidden_layers=LAYERS,
        num_attention_heads=HEADS,
        intermediate_size=4 * WIDTH,
        max_position_embeddings=64,
        initializer_range=0.2,
    )
    return BertModel(config, add_pooling_layer=False).eval()


@pytest.fixture(scope="module")
def expected(model):
    import torch

    with torch.inference_mode():
        return [model(input_ids=torch.tensor([row])).last_hidden_state[0] for row in ROWS]


def furthest(left, right):
    return max(float((a - b).abs().max()) for a, b in zip(left, right, strict=True))


def test_in_single_precision_the_states_are_those_of_transformers(model, expected):
    assert furthest(Bert(model.state_dict(), HEADS, bits=32)(ROWS), expected) < 1e-4


def test_in_eight_bits_the_states_point_where_those_of_transformers_do(model, expected):
    import torch

    states = Bert(model.state_dict(), HEADS, bits=8)(ROWS)
    assert min(float(torch.cosine_similarity(a, b).min()) for a, b in zip(states, expected, strict=True)) > 0.99


def test_a_processor_without_the_instructions_gives_the_same_states_in_single_precision(model, expected, monkeypatch):
    monkeypatch.setattr(hidden_states, "_multiplies_bytes", lambda: False)
    monkeypatch.setattr(hidden_states, "_multiplies_bfloat16", lambda: False)
    assert furthest(Bert(model.state_dict(), HEADS, bits=8)(ROWS), expected) < 1e-4


@pytest.mark.parametrize("missing", ["_multiplies_bytes", "_multiplies_bfloat16"])
def test_either_instruction_is_used_without_the_other(model, expected, monkeypatch, missing):
    import torch

    monkeypatch.setattr(hidden_states, missing, lambda: False)
    states = Bert(model.state_dict(), HEADS, bits=8)(ROWS)
    assert min(float(torch.cosine_similarity(a, b).min()) for a, b in zip(states, expected, strict=True)) > 0.99


@pytest.mark.parametrize("exact", [True, False])
def test_a_row_is_computed_alike_alone_and_beside_others(model, exact):
    bert = Bert(model.state_dict(), HEADS, bits=32 if exact else 8)
    assert furthest(bert(ROWS), [bert([row])[0] for row in ROWS]) < (1e-4 if exact else 0.05)


def test_a_token_ten_times_as_large_as_the_others_does_not_blur_them(model):
    import torch

    weights = {name: value.clone() for name, value in model.state_dict().items()}
    weights["embeddings.word_embeddings.weight"][0, :3] *= 300
    weights["embeddings.LayerNorm.weight"][:3] *= 4
    exact, quick = (Bert(weights, HEADS, bits=32 if exact else 8)(ROWS) for exact in (True, False))
    assert min(float(torch.cosine_similarity(a, b).min()) for a, b in zip(exact, quick, strict=True)) > 0.99


def test_bytes_that_are_all_as_large_as_can_be_are_added_rightly():
    import torch

    inputs = torch.ones(3, 64)
    inputs[:, 0] = 0
    multiplied = hidden_states._EightBit(torch.ones(8, 64), torch.zeros(8))(inputs)
    assert float((multiplied - 63).abs().max()) < 0.5


def test_attention_to_one_token_alone_stays_a_number(model):
    import torch

    weights = {name: value * (40 if "attention.self" in name else 1) for name, value in model.state_dict().items()}
    assert all(bool(torch.isfinite(states).all()) for states in Bert(weights, HEADS, bits=8)(ROWS))


def test_weights_that_are_missing_are_named(model):
    weights = {name: value for name, value in model.state_dict().items() if "layer.1.output.dense" not in name}
    with pytest.raises(KeyError, match=r"output\.dense\.weight"):
        Bert(weights, HEADS, bits=8)


def test_rows_come_back_in_their_order_however_many_threads_share_them(model, expected):
    import torch

    threads = torch.get_num_threads()
    try:
        for count in (1, 2, 3):
            torch.set_num_threads(count)
            assert furthest(Bert(model.state_dict(), HEADS, bits=32)(ROWS), expected) < 1e-4
    finally:
        torch.set_num_threads(threads)


def test_the_threads_of_the_process_stay_as_they_are(model):
    import torch

    threads = torch.get_num_threads()
    Bert(model.state_dict(), HEADS, bits=8)(ROWS)
    assert torch.get_num_threads() == threads
