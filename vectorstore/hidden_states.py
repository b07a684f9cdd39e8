"""Token ids → hidden states: BERT's forward pass in numbers of 32, 16 or 8 bits.

Rows of any lengths are computed together and without padding, and no row's result depends on the rows beside it. 16 bits
(bfloat16) leave vectors as they are: their cosines with those of 32 bits are 0.99998. 8 bits, whole numbers, cost some
precision: each row of a matrix of weights has one scale, and each token one (Yao et al. 2022, ZeroQuant). One scale for all
tokens would be cheaper, but `<s>` and `</s>` have numbers ten times as large as other tokens, which would be left with a few
bits: the reader's log-odds would move by 0.3 instead of 0.05. Vectors of 8 bits all move the same way: their cosines with
those of 32 bits are 0.996, and one question in sixty loses its first hit.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from itertools import chain, groupby
from math import log
from typing import Any, Literal, TypeVar

Bits = Literal[8, 16, 32]
Result = TypeVar("Result")
EPSILON = 1e-12
# The largest byte a token's number and a weight becomes
_LARGEST = (255, 127)
# Without instructions of their own for it two products of bytes are added in 16 bits, which hold 2 · 181 · 90. Of the pairs
# that fit, this one moves the reader's log-odds least: of passages drawn at random by 0.049, 127 and 127 by 0.066, 255 and 63
# by 0.077
_LARGEST_ADDED_IN_16_BITS = (181, 90)
_LEAST = 1e-8
# Powers of two beyond which weights of attention are the same; those of trained models stay below 80
_FURTHEST = 100


class Bert:
    """A BERT of which only the forward pass is left; ``limit`` is the number of tokens it has positions for."""

    def __init__(self, weights: Mapping[str, Any], heads: int, *, bits: Bits) -> None:
        """Take weights by Hugging Face's names; raise ``KeyError`` if one is missing.

        ``bits``: what numbers are multiplied in, the next larger ones where the processor doesn't multiply in such.
        """
        import torch

        self._words = weights["embeddings.word_embeddings.weight"]  # as stored: only rows of it are ever widened
        self._positions = (
            weights["embeddings.position_embeddings.weight"].float()
            + weights["embeddings.token_type_embeddings.weight"][0].float()
        )
        self._norm = _pair(weights, "embeddings.LayerNorm")
        dtype = torch.bfloat16 if bits <= 16 and _multiplies_bfloat16() else torch.float32
        make = _EightBit if bits == 8 and _multiplies_bytes() else partial(_Plain, dtype=dtype)
        self._layers = tuple(_Layer(part, heads, make, dtype) for part in _layer_weights(weights))
        self.limit: int = self._positions.shape[0]

    def __call__(self, rows: Sequence[Sequence[int]]) -> tuple[Any, ...]:
        """Return the hidden states of each row of token ids: ``(tokens, width)`` float32."""
        shares = _shares([len(row) for row in rows], processors())
        found = _workers().map(self._forward, [[rows[number] for number in share] for share in shares])
        states = dict(zip(chain(*shares), chain(*found), strict=True))
        return tuple(states[number] for number in range(len(rows)))

    def _forward(self, rows: Sequence[Sequence[int]]) -> tuple[Any, ...]:
        import torch

        lengths = [len(row) for row in rows]
        with torch.inference_mode():
            hidden = self._embed(rows)
            for layer in self._layers:
                hidden = layer(hidden, lengths)
            return tuple(hidden.split(lengths))

    def _embed(self, rows: Sequence[Sequence[int]]) -> Any:
        import torch

        ids = torch.tensor([token for row in rows for token in row])
        places = torch.cat([torch.arange(len(row)) for row in rows])
        return _normalized(self._words[ids].float() + self._positions[places], self._norm)


class _Layer:
    def __init__(self, weights: Mapping[str, Any], heads: int, make: Any, dtype: Any) -> None:
        import torch

        parts = [_pair(weights, f"attention.self.{name}") for name in ("query", "key", "value")]
        # Attention is 2 to the power of (query · key), so that neither the scale nor the base costs a step
        factor = (parts[0][0].shape[0] / heads) ** -0.5 / log(2)
        parts[0] = (parts[0][0] * factor, parts[0][1] * factor)
        self._heads, self._dtype = heads, dtype
        self._inputs = make(torch.cat([part[0] for part in parts]), torch.cat([part[1] for part in parts]))
        self._joined = make(*_pair(weights, "attention.output.dense"))
        self._first_norm = _pair(weights, "attention.output.LayerNorm")
        self._wide = make(*_pair(weights, "intermediate.dense"))
        self._narrow = make(*_pair(weights, "output.dense"))
        self._second_norm = _pair(weights, "output.LayerNorm")

    def __call__(self, hidden: Any, lengths: Sequence[int]) -> Any:
        import torch

        seen = self._attention(self._inputs(hidden).to(self._dtype), lengths)
        hidden = _normalized(hidden + self._joined(seen), self._first_norm)
        wide = torch.nn.functional.gelu(self._wide(hidden))
        return _normalized(hidden + self._narrow(wide), self._second_norm)

    def _attention(self, inputs: Any, lengths: Sequence[int]) -> Any:
        """Return what each token has seen of its row: ``(tokens, width)``; neighbours of one length are computed at once."""
        import torch

        parts, start = [], 0
        for length, alike in groupby(lengths):
            count = sum(1 for _ in alike)
            part = inputs[start : start + count * length].view(count, length, 3, self._heads, -1)
            parts.append(_attention_of(part.permute(2, 0, 3, 1, 4)).transpose(1, 2).reshape(count * length, -1))
            start += count * length
        return torch.cat(parts)


def map_alone(work: Callable[..., Result], *rows: Iterable[Any]) -> Iterator[Result]:
    """Return what work gives for each row, in their order, done by the threads that compute, each row by one alone."""
    return _workers().map(work, *rows)


def processors() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@cache
def _workers() -> ThreadPoolExecutor:
    """Return the threads that compute, one a processor, shared by all who ask; each computes its share of rows alone.

    Threads that share every step wait for each other a dozen times a layer, and where other work has taken a processor, each
    wait lasts until it is given up: an answer took 4 s instead of 0.6 beside three busy processes.
    """
    import torch

    return ThreadPoolExecutor(processors(), "plans-model", initializer=torch.set_num_threads, initargs=(1,))


def _shares(lengths: Sequence[int], count: int) -> list[list[int]]:
    """Return the numbers of the rows in at most so many shares of about as many tokens, each in the order of the rows."""
    shares: list[list[int]] = [[] for _ in range(count)]
    for number in sorted(range(len(lengths)), key=lambda number: -lengths[number]):
        min(shares, key=lambda share: sum(lengths[other] for other in share)).append(number)
    return [sorted(share) for share in shares if share]


def _attention_of(inputs: Any) -> Any:
    """Return what ``(3, rows, heads, tokens, size)`` queries, keys and values make: ``(rows, heads, tokens, size)``."""
    import torch

    query, key, value = inputs
    if inputs.dtype == torch.float32:
        return torch.nn.functional.scaled_dot_product_attention(query, key, value, scale=log(2))
    query, key, value = inputs.flatten(1, 2)
    # bfloat16 reaches as far as single precision, so that no row's maximum need be taken off first
    weights = torch.bmm(query, key.transpose(1, 2)).clamp_(-_FURTHEST, _FURTHEST).exp2_()
    return torch.bmm(weights, value).div_(weights.sum(2, keepdim=True)).view(inputs.shape[1:])


class _EightBit:
    """``x → x Wᵀ + b`` in float32, multiplied in 8 bits."""

    def __init__(self, weight: Any, bias: Any) -> None:
        import torch

        self._largest, largest_weight = _LARGEST if _adds_bytes_in_32_bits() else _LARGEST_ADDED_IN_16_BITS
        self._scales = weight.abs().amax(1).clamp(min=_LEAST) / largest_weight
        whole = (weight / self._scales[:, None]).round().to(torch.int8)
        self._packed = torch.ops.onednn.qlinear_prepack(whole, None)
        self._zeros = torch.zeros(len(whole), dtype=torch.long)
        self._sums, self._bias = self._scales * whole.sum(1), bias

    def __call__(self, inputs: Any) -> Any:
        import torch

        inputs = inputs.float()
        # x = lowest + scale · byte, so x Wᵀ = lowest · (sums of W's rows) + scale · (bytes Wᵀ)
        lowest = inputs.amin(1, keepdim=True)
        scale = (inputs.amax(1, keepdim=True) - lowest).clamp_(min=_LEAST) / self._largest
        # By way of 16 bits: the plain conversion of floats to bytes is five times as slow
        whole = (inputs / scale).add_(0.5 - lowest / scale).to(torch.int16).to(torch.uint8)
        product = torch.ops.onednn.qlinear_pointwise(
            whole, 1.0, 0, self._packed, self._scales, self._zeros, None, 1.0, 0, torch.float32, "none", [], "none"
        )
        return torch.addcmul(self._bias, product, scale).addcmul_(lowest, self._sums)


class _Plain:
    """``x → x Wᵀ + b`` in one kind of numbers."""

    def __init__(self, weight: Any, bias: Any, *, dtype: Any) -> None:
        self._weight, self._bias = weight.to(dtype), bias.to(dtype)

    def __call__(self, inputs: Any) -> Any:
        import torch

        return torch.nn.functional.linear(inputs.to(self._weight.dtype), self._weight, self._bias)


def _normalized(values: Any, norm: tuple[Any, Any]) -> Any:
    import torch

    return torch.nn.functional.layer_norm(values, values.shape[-1:], *norm, EPSILON)


def _pair(weights: Mapping[str, Any], name: str) -> tuple[Any, Any]:
    """Return weight and bias in single precision, in memory of their own: the file's may be let go."""
    return weights[f"{name}.weight"].float(), weights[f"{name}.bias"].float()


def _layer_weights(weights: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    count = 1 + max(int(name.split(".")[2]) for name in weights if name.startswith("encoder.layer."))
    for number in range(count):
        start = f"encoder.layer.{number}."
        yield {name.removeprefix(start): value for name, value in weights.items() if name.startswith(start)}


def _multiplies_bytes() -> bool:
    return _adds_bytes_in_32_bits() or _has("_is_avx2_supported")


def _adds_bytes_in_32_bits() -> bool:
    return _has("_is_vnni_supported")


def _multiplies_bfloat16() -> bool:
    return _has("_is_avx512_bf16_supported")


def _has(instructions: str) -> bool:
    """Return whether the processor has them, by torch's private name, which another version may not know."""
    import torch

    return bool(getattr(torch.cpu, instructions, lambda: False)())
