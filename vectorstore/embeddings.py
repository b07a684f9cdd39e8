"""Text → vectors: the only file that knows the encoder and sentence-transformers.

Any folder that sentence-transformers has saved will do. One of the bundled encoder's shape (BERT, mean of the tokens) is read
without that library, which takes seconds to import, and computed in 16 bits, more than twice as fast.
"""

import json
import logging
import os
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from vectorstore.errors import ModelError
from vectorstore.hidden_states import EPSILON, Bert, Bits

BUNDLED_FOLDER = Path(__file__).resolve().parent / "models" / "plans-encoder"
REMEDY = (
    "Restore the bundled folder (git checkout -- vectorstore/models), "
    "or set PLANS_MODEL to a folder that sentence-transformers has saved."
)

# On two cores batches of 4 to 32 differ by less than the noise. A small one keeps memory low and progress smooth.
BATCH_SIZE = 8
# Vectors are those of 32 bits but for noise, so that an index serves either. In 8 bits they would be made in two thirds of
# the time, but recall among the first five falls by 0.016, and with all cosines 0.04 higher answers are chosen worse.
BITS: Bits = 16
DIGEST_LENGTH = 12
# What a model is made of. The model card may be reworded without making an index stale.
MODEL_SUFFIXES = frozenset({".json", ".safetensors", ".bin", ".model", ".txt", ".py"})
PROMPTS = "config_sentence_transformers.json"
# What a configuration says of a model that vectorstore/hidden_states.py computes
BERT = {
    "model_type": "bert",
    "tokenizer_class": "PreTrainedTokenizerFast",
    "hidden_act": "gelu",
    "layer_norm_eps": EPSILON,
}
LFS_POINTER = b"version https://git-lfs"


class _Model(Protocol):
    """What is used of a ``SentenceTransformer``."""

    @property
    def prompts(self) -> Mapping[str, str | None]: ...

    def encode(
        self, inputs: list[str], /, *, prompt: str, batch_size: int, show_progress_bar: bool, normalize_embeddings: bool
    ) -> NDArray[np.float32]: ...


class Encoder:
    """A loaded sentence encoder; vectors are ``(n, dimensions)`` float32, L2-normalized, in the order of the texts."""

    def __init__(self, model: _Model, name: str) -> None:
        self.name = name
        self._model = model
        self._question_prompt = model.prompts.get("query") or ""
        self._passage_prompt = model.prompts.get("passage") or model.prompts.get("document") or ""
        # The first vector also warms the model up, and shows at once whether it works.
        self.dimensions = self._encode_batch(["一"], self._question_prompt).shape[1]

    def encode_questions(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return the ``(n, dimensions)`` vectors of questions."""
        return self._encode(texts, self._question_prompt, None)

    def encode_passages(
        self, texts: Sequence[str], *, on_progress: Callable[[int, int], None] | None = None
    ) -> NDArray[np.float32]:
        """Return the ``(n, dimensions)`` vectors of passages; ``on_progress(done, n)`` is called after every batch."""
        return self._encode(texts, self._passage_prompt, on_progress)

    def _encode(
        self, texts: Sequence[str], prompt: str, on_progress: Callable[[int, int], None] | None
    ) -> NDArray[np.float32]:
        vectors = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        # Texts of one length need no padding.
        by_length = sorted(range(len(texts)), key=lambda place: (-len(texts[place]), place))
        for start in range(0, len(texts), BATCH_SIZE):
            places = by_length[start : start + BATCH_SIZE]
            vectors[places] = self._encode_batch([texts[place] for place in places], prompt)
            if on_progress is not None:
                on_progress(start + len(places), len(texts))
        return vectors

    def _encode_batch(self, texts: list[str], prompt: str) -> NDArray[np.float32]:
        return self._model.encode(
            texts, prompt=prompt, batch_size=len(texts), show_progress_bar=False, normalize_embeddings=True
        )


class _MeanOfTokens:
    """A model of the bundled encoder's shape: BERT's hidden states, their mean, L2-normalized."""

    def __init__(self, folder: Path, *, exact: bool) -> None:
        from safetensors.torch import load_file
        from tokenizers import Tokenizer

        config = _json_of(folder / "config.json")
        self._bert = Bert(
            load_file(folder / "model.safetensors"), config["num_attention_heads"], bits=32 if exact else BITS
        )
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        longest = _json_of(folder / "sentence_bert_config.json").get("max_seq_length") or self._bert.limit
        self._tokenizer.enable_truncation(min(longest, self._bert.limit))
        self._tokenizer.no_padding()
        self.prompts: Mapping[str, str | None] = _json_of(folder / PROMPTS).get("prompts") or {}

    def encode(self, inputs: list[str], /, *, prompt: str, **_: object) -> NDArray[np.float32]:
        """Return the vectors of texts, each after the prompt."""
        rows = self._tokenizer.encode_batch([prompt + text for text in inputs])
        means = np.stack([hidden.mean(dim=0).numpy() for hidden in self._bert([row.ids for row in rows])])
        normalized: NDArray[np.float32] = means / np.linalg.norm(means, axis=1, keepdims=True)
        return normalized


def load_encoder(model: str | None = None, *, exact: bool = False) -> Encoder:
    """Return the encoder of a sentence-transformers folder or of a cached model's name; ``None`` is the bundled one.

    ``exact``: compute one of the bundled encoder's shape in 32 bits. Raises ``ModelError`` if the folder is missing, damaged
    or of another kind. The network is never asked.
    """
    folder = _find_folder(model)
    _check_files(folder)
    name = _identity(folder, model)
    _set_environment()
    from safetensors import SafetensorError

    damage = (OSError, ValueError, RuntimeError, LookupError, TypeError, AttributeError, ImportError, SafetensorError)
    try:
        return Encoder(_MeanOfTokens(folder, exact=exact) if _is_mean_of_tokens(folder) else _any_model(folder), name)
    except Exception as error:
        # The tokenizers library raises nothing more definite than Exception.
        if type(error) is Exception or isinstance(error, damage):
            raise ModelError(f"The model in {folder} can't be loaded: {_first_line(error)}. {REMEDY}") from error
        raise


def _any_model(folder: Path) -> _Model:
    _quiet()
    from sentence_transformers import SentenceTransformer

    loaded: _Model = SentenceTransformer(str(folder), device="cpu", local_files_only=True).float()
    return loaded


def _is_mean_of_tokens(folder: Path) -> bool:
    """Tell whether nothing but BERT, the mean of its tokens and a length of 1 make the vectors of this folder."""
    names = ("modules.json", "config.json", "sentence_bert_config.json", PROMPTS, "1_Pooling/config.json")
    if not all((folder / name).is_file() for name in (*names, "tokenizer.json", "model.safetensors")):
        return False
    modules, config, length, _, pooling = (_json_of(folder / name) for name in names)
    kinds = [module["type"].rpartition(".")[2] for module in modules]
    modes = {name for name, value in pooling.items() if name.startswith("pooling_mode") and value}
    return (
        kinds == ["Transformer", "Pooling", "Normalize"]
        and modes == {"pooling_mode_mean_tokens"}
        and not length.get("do_lower_case")
        and BERT.items() <= config.items()
    )


def model_identity(model: str | None = None) -> str:
    """Return what ``load_encoder(model).name`` would be, in a fraction of a second: nothing is loaded.

    It is the folder's name with a digest of its files: a changed model has another identity. Raises ``ModelError``
    if there is no such folder or a file of it can't be read.
    """
    return _identity(_find_folder(model), model)


def _find_folder(model: str | None) -> Path:
    folder = Path(model).expanduser() if model else BUNDLED_FOLDER
    if folder.is_dir():
        return folder
    if not model or folder.exists() or folder.is_absolute():
        raise ModelError(f"There is no model folder at {folder}. {REMEDY}")
    _set_environment()
    from huggingface_hub import snapshot_download

    try:
        return Path(snapshot_download(model, local_files_only=True))
    except (OSError, ValueError) as error:
        message = f"{model!r} is neither a model folder nor the name of a model in the local cache. {REMEDY}"
        raise ModelError(message) from error


def _identity(folder: Path, model: str | None) -> str:
    # A cached model lies in a folder named for a commit, so the name asked for says more.
    name = Path(model).expanduser().resolve().name if model else folder.name
    digest = sha256()
    for path in _model_files(folder):
        content = _read(path)
        digest.update(f"{path.relative_to(folder).as_posix()}\0{len(content)}\0".encode())
        digest.update(content)
    return f"{name}-{digest.hexdigest()[:DIGEST_LENGTH]}"


def _model_files(folder: Path) -> list[Path]:
    files = (path for path in folder.rglob("*") if path.suffix in MODEL_SUFFIXES and path.is_file())
    return sorted(path for path in files if not path.relative_to(folder).as_posix().startswith("."))


def _check_files(folder: Path) -> None:
    """Raise ``ModelError`` for the damage that the libraries pass over in silence or report in riddles."""
    if not (folder / "modules.json").is_file():
        raise ModelError(f"{folder} is not a sentence-transformers folder: it has no modules.json. {REMEDY}")
    for path in _model_files(folder):
        if _read(path, len(LFS_POINTER)) == LFS_POINTER:
            raise ModelError(f"{path} is a Git LFS pointer, not the file itself: run git lfs pull. {REMEDY}")
        if path.suffix == ".json":
            _json_of(path)


def _json_of(path: Path) -> Any:
    try:
        return json.loads(_read(path))
    except ValueError as error:
        raise ModelError(f"{path} is damaged: {_first_line(error)}. {REMEDY}") from error


def _read(path: Path, count: int = -1) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(count)
    except OSError as error:
        raise ModelError(f"{path} can't be read: {_first_line(error)}. {REMEDY}") from error


def _set_environment() -> None:
    # Threads that wait by spinning starve each other where several processes share few cores
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    os.environ.setdefault("TRANSFORMERS_OFFLINE", "1")


def _quiet() -> None:
    from transformers.utils.logging import disable_progress_bar, set_verbosity_error

    disable_progress_bar()
    set_verbosity_error()
    logging.getLogger("sentence_transformers").setLevel(logging.ERROR)


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[0].rstrip(".") if lines else type(error).__name__
