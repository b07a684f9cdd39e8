"""How much of a question's words a text holds, rare words counting more."""

from collections.abc import Sequence

from assistant.datatypes import Question
from vectorstore.tokens import content_words, rarity

Words = Sequence[tuple[str, float]]


def asked_words(question: Question) -> tuple[tuple[str, float], ...]:
    """Return the words of a question's topic with their rarity in Chinese at large (so that stores share a scale)."""
    return tuple((word, rarity(word)) for word in content_words(question.topic))


def cover(words: Words, text: str) -> float:
    """Return the share of the words, weighted by rarity, that stand in a folded text: 0 to 1."""
    total = sum(weight for _, weight in words)
    return sum(weight * share(word, text) for word, weight in words) / total if total else 0.0


def longest_run(first: str, second: str) -> int:
    """Return how many characters the longest string has that stands in both."""
    longest = 0
    for start in range(len(first)):
        while start + longest < len(first) and first[start : start + longest + 1] in second:
            longest += 1
    return longest


def share(word: str, text: str) -> float:
    """Return 1 where a word stands in a folded text, else 0.8 times the share of its character pairs that do."""
    if word in text:
        return 1.0
    pairs = [word[i : i + 2] for i in range(len(word) - 1)]
    return 0.8 * sum(pair in text for pair in pairs) / len(pairs) if len(pairs) > 1 else 0.0
