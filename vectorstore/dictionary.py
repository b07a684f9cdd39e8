"""jieba's dictionary: Chinese text → words and their kinds. The only file that knows jieba."""

import warnings
from collections.abc import Iterable
from functools import cache
from typing import Any

# What jieba gives a word that its dictionary does not hold
UNKNOWN = "x"


class Dictionary:
    """The words of jieba's dictionary, how common they are and their tags, and the cutting of text by them.

    jieba would read the dictionary twice, for words and for tags, load a model of words that are in no dictionary, which is
    not used here, and keep a copy in the folder of temporary files, where anyone may have put it: 2.3 s, here 0.6.
    """

    def __init__(self, tokenizer: Any) -> None:
        """Take a ``jieba.Tokenizer`` that has read nothing yet; its dictionary is read here, once."""
        with tokenizer.get_dict_file() as file:
            fields = file.read().decode("utf-8").split()
        words, counts = fields[::3], [int(count) for count in fields[1::3]]
        self._tags: dict[str, str] = dict(zip(words, fields[2::3], strict=True))
        tokenizer.FREQ = _beginnings(words) | dict(zip(words, counts, strict=True))
        tokenizer.total, tokenizer.initialized = sum(counts), True
        self._tokenizer = tokenizer

    def __contains__(self, word: str) -> bool:
        """Tell whether it is a word, not only the beginning of one."""
        return word in self._tags

    def tag(self, word: str) -> str:
        """Return jieba's tag of a word (``n``: noun, ``ns``: place …), ``x`` for what is no word."""
        return self._tags.get(word, UNKNOWN)

    def cut(self, run: str) -> list[str]:
        """Return the likeliest words that make up a run of Chinese characters."""
        return list(self._tokenizer.cut(run, HMM=False))

    def cut_for_search(self, run: str) -> list[str]:
        """Return the same words, each after the shorter ones within it."""
        return list(self._tokenizer.cut_for_search(run, HMM=False))


@cache
def dictionary() -> Dictionary:
    """Return the dictionary, read when first asked for."""
    with warnings.catch_warnings():
        # jieba 0.42.1 imports pkg_resources and holds escape sequences that new Pythons warn of
        warnings.filterwarnings("ignore", message="pkg_resources is deprecated")
        warnings.filterwarnings("ignore", message="invalid escape sequence")
        warnings.filterwarnings("ignore", message=".*is an invalid escape sequence")
        import jieba
    return Dictionary(jieba.Tokenizer())


def _beginnings(words: Iterable[str]) -> dict[str, int]:
    """Return what words begin with, as words that never occur: jieba looks no further where a run begins no word."""
    found: dict[str, int] = {}
    length = 1
    while words := [word for word in words if len(word) > length]:
        found |= dict.fromkeys((word[:length] for word in words), 0)
        length += 1
    return found
