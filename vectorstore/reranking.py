"""(Question, passages) → how well each sentence answers: the only file that knows the reader.

One pass over question, headings and a whole passage scores every sentence by pooling its own tokens, and the passage by its
first token: context pruning as in Provence (Chirkova, Formal, Nikoulina & Clinchant 2025), with a score instead of a cut.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from vectorstore.chunks import context_above
from vectorstore.datatypes import Document, Passage, PassageScores
from vectorstore.embeddings import BUNDLED_FOLDER
from vectorstore.errors import ModelError
from vectorstore.hidden_states import Bert, Bits, map_alone
from vectorstore.settings import NONE

READER_FOLDER = Path(__file__).resolve().parent / "models" / "reader-zh"
WEIGHTS, CONFIG = "model.safetensors", "config.json"
WORD_EMBEDDINGS = "bert.embeddings.word_embeddings.weight"
REMEDY = (
    "Restore the bundled folder (git checkout -- vectorstore/models), or set PLANS_READER to a folder that "
    "vectorstore.training.train_reader has written, or to `none` to answer without a reader."
)

# In 8 bits log-odds move by 0.05 and answers are as good as in 16, which moves them by 0.02 and takes half as long again
BITS: Bits = 8
# Tokens. Questions of plans have 8 to 20, headings 20 to 40; a passage of 480 characters has about 340.
QUESTION_TOKENS, CONTEXT_TOKENS, PASSAGE_TOKENS = 48, 64, 400
HEADING_CHARACTERS = 30
# Pairs whose scores are remembered: a question that is asked again without what it carried over meets the same passages
_REMEMBERED = 32


@dataclass(frozen=True, slots=True)
class Encoded:
    """Token ids of question, headings and sentences, and the sentence each token belongs to (-1: none)."""

    ids: tuple[int, ...]
    owners: tuple[int, ...]


class Reader:
    """A loaded reader."""

    def __init__(
        self, weights: Mapping[str, Any], heads: int, tokenizer: Any, name: str, *, exact: bool = False
    ) -> None:
        """Take weights by the names of ``make_model``, to compute in 32 bits if ``exact``; ``KeyError``: one is missing."""
        self.name = name
        self._tokenizer = tokenizer
        bert = {key.removeprefix("bert."): value for key, value in weights.items() if key.startswith("bert.")}
        self._bert = Bert(bert, heads, bits=32 if exact else BITS)
        self._sentence, self._passage = (_head(weights, part) for part in ("sentence", "passage"))
        self._remembered: dict[tuple[Encoded, int], PassageScores] = {}

    def read(self, pairs: Sequence[tuple[str, Passage]]) -> tuple[PassageScores, ...]:
        """Return the scores of (question, passage) pairs, in their order; none depends on the pairs beside it.

        Sentences past 400 tokens of a passage get the lowest score of it.
        """
        if not pairs:
            return ()
        rows = [(encode_pair(self._tokenizer, *pair), len(pair[1].sentences)) for pair in pairs]
        remembered = self._remembered
        known = {row: remembered[row] for row in rows if row in remembered}
        new = [row for row in dict.fromkeys(rows) if row not in known]
        if new:
            states = self._bert([encoded.ids for encoded, _ in new])
            known |= zip(new, map_alone(self._scores, new, states), strict=True)
            # Replaced, never changed: other threads may be reading
            self._remembered = dict(list({**remembered, **known}.items())[-_REMEMBERED:])
        return tuple(known[row] for row in rows)

    def _scores(self, row: tuple[Encoded, int], hidden: Any) -> PassageScores:
        import torch

        encoded, sentences = row
        with torch.inference_mode():
            whole = hidden[0]
            own = _means(hidden, encoded.owners)
            known = self._sentence(torch.cat([own, whole.expand(len(own), -1)], dim=1)).squeeze(1).tolist()
            score = float(self._passage(whole))
        missing = sentences - len(known)
        return PassageScores(score, (*known, *[min(known, default=score)] * missing))


def make_passage(document: Document, numbers: Sequence[int]) -> Passage:
    """Return what is read of some sentences of a document: the title and headings above the first, and their words."""
    context = context_above(document, numbers[0], characters=HEADING_CHARACTERS)
    return Passage(context, tuple(document.sentences[n].span.of(document.text) for n in numbers))


def encode_pair(tokenizer: Any, question: str, passage: Passage) -> Encoded:
    """Return the tokens a reader sees: ``<s> question </s> headings </s> sentence </s> sentence </s> …``."""
    texts = [question, passage.context, *passage.sentences]
    pieces = [encoding.ids for encoding in tokenizer.encode_batch(texts, add_special_tokens=False)]
    start, end = tokenizer.token_to_id("<s>"), tokenizer.token_to_id("</s>")
    ids = [start, *pieces[0][:QUESTION_TOKENS], end, *pieces[1][:CONTEXT_TOKENS], end]
    owners = [-1] * len(ids)
    room = PASSAGE_TOKENS
    for number, sentence in enumerate(pieces[2:]):
        part = [*sentence, end][: max(0, room)]
        room -= len(part)
        ids += part
        owners += [number] * len(part)
    return Encoded(tuple(ids), tuple(owners))


def collate(rows: Sequence[Encoded]) -> tuple[Any, Any, Any]:
    """Return token ids and attention mask, both (n, tokens), and the pooling weights (n, sentences, tokens)."""
    import torch

    width = max(len(row.ids) for row in rows)
    count = max(1, *(max(row.owners) + 1 for row in rows))
    ids = torch.ones((len(rows), width), dtype=torch.long)  # 1 is <pad>
    mask = torch.zeros((len(rows), width), dtype=torch.long)
    pool = torch.zeros((len(rows), count, width))
    for n, row in enumerate(rows):
        ids[n, : len(row.ids)] = torch.tensor(row.ids)
        mask[n, : len(row.ids)] = 1
        owners = torch.tensor(row.owners)
        inside = torch.nonzero(owners >= 0).squeeze(1)
        pool[n, owners[inside], inside] = 1.0
    return ids, mask, pool / pool.sum(dim=2, keepdim=True).clamp(min=1)


def make_model(config: dict[str, Any]) -> Any:
    """Return an untrained reader of this shape (BERT's configuration): sentence logits (n, s) and passage logits (n,)."""
    import torch
    from transformers import BertConfig, BertModel

    class ReaderModel(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.bert = BertModel(BertConfig(**config), add_pooling_layer=False)
            width = self.bert.config.hidden_size
            self.sentence = torch.nn.Sequential(
                torch.nn.Linear(2 * width, width), torch.nn.GELU(), torch.nn.Linear(width, 1)
            )
            self.passage = torch.nn.Sequential(
                torch.nn.Linear(width, width), torch.nn.GELU(), torch.nn.Linear(width, 1)
            )

        def forward(self, ids: Any, mask: Any, pool: Any) -> tuple[Any, Any]:
            hidden = self.bert(input_ids=ids, attention_mask=mask).last_hidden_state
            whole = hidden[:, 0]
            own = pool.to(hidden.dtype) @ hidden
            joined = torch.cat([own, whole.unsqueeze(1).expand(-1, own.shape[1], -1)], dim=2)
            return self.sentence(joined).squeeze(2), self.passage(whole).squeeze(1)

    return ReaderModel()


def load_tokenizer() -> Any:
    """Return the tokenizer of the bundled encoder, which the reader shares."""
    from tokenizers import Tokenizer

    return Tokenizer.from_file(str(BUNDLED_FOLDER / "tokenizer.json"))


def load_reader(named: str | None = None, *, exact: bool = False) -> Reader | None:
    """Return the reader of a folder (``None``: the bundled one), or None where it is ``"none"``.

    Word embeddings and tokenizer are those of the bundled encoder. ``exact``: compute in 32 bits. Raises
    ``ModelError`` if a file is missing, damaged, or was trained on other word embeddings.
    """
    if named == NONE:
        return None
    folder = Path(named).expanduser() if named else READER_FOLDER
    with _told_as_model_errors(folder):
        config, weights = _read_weights(folder)
        return Reader(weights, config["num_attention_heads"], load_tokenizer(), folder.name, exact=exact)


def load_model(folder: Path) -> Any:
    """Return the model of a reader's folder as it is trained; raise ``ModelError`` as ``load_reader`` does."""
    with _told_as_model_errors(folder):
        config, weights = _read_weights(folder)
        model = make_model(config)
        model.load_state_dict({name: value.float() for name, value in weights.items()})
        return model.eval()


def _read_weights(folder: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return BERT's configuration and the weights by name, those of the words with them."""
    from safetensors.torch import load_file

    config = json.loads((folder / CONFIG).read_bytes())
    weights = load_file(folder / WEIGHTS)
    words = load_file(BUNDLED_FOLDER / WEIGHTS)[WORD_EMBEDDINGS.removeprefix("bert.")]
    if config["word_embeddings"] != digest_of(words):
        raise ModelError(f"The reader in {folder} was trained on other word embeddings than the bundled. {REMEDY}")
    return config["bert"], weights | {WORD_EMBEDDINGS: words}


@contextmanager
def _told_as_model_errors(folder: Path) -> Iterator[None]:
    from safetensors import SafetensorError

    try:
        yield
    except (OSError, ValueError, KeyError, TypeError, RuntimeError, SafetensorError) as error:
        raise ModelError(f"The reader in {folder} can't be loaded: {str(error).splitlines()[0]}. {REMEDY}") from error


def digest_of(words: Any) -> str:
    """Return a digest of word embeddings, whatever precision they are kept in."""
    return sha256(words.half().contiguous().numpy().tobytes()).hexdigest()[:16]


def _head(weights: Mapping[str, Any], name: str) -> Callable[[Any], Any]:
    """Return what makes logits ``(…, 1)`` of hidden states: two linear steps with GELU between."""
    from torch.nn.functional import gelu, linear

    first, last = ((weights[f"{name}.{n}.weight"].float(), weights[f"{name}.{n}.bias"].float()) for n in (0, 2))
    return lambda hidden: linear(gelu(linear(hidden, *first)), *last)


def _means(hidden: Any, owners: Sequence[int]) -> Any:
    """Return the mean of each sentence's tokens: ``(sentences, width)``; every sentence that was read has tokens."""
    import torch

    places = torch.tensor(owners)
    inside = places >= 0
    counts = torch.bincount(places[inside])
    sums = hidden.new_zeros((len(counts), hidden.shape[1])).index_add_(0, places[inside], hidden[inside])
    return sums / counts[:, None]
