"""Text → terms for lexical search."""

import lzma
import re
from collections.abc import Callable
from functools import cache, lru_cache
from itertools import groupby
from math import log
from pathlib import Path

from vectorstore.dictionary import dictionary
from vectorstore.folding import fold

# Written by vectorstore.training.count_words
RARITY_TABLE = Path(__file__).resolve().parent / "models" / "plan-words.txt.xz"
# How much words tell that the table does not hold: everyday words, and what no dictionary knows (names, mostly)
_EVERYDAY, _UNKNOWN = 0.25, 0.9
# Bumped whenever the same text would give other terms, so that an index of the older terms is rebuilt.
TOKENS_VERSION = 1

_CHINESE_RUN = re.compile(r"[\u3400-\u9fff〇]+")
_CHINESE = re.compile(r"[\u3400-\u9fff〇]")
_WORD = re.compile(r"[a-z0-9]+(?:[.\-+/][a-z0-9]+)*%?|[\u3400-\u9fff〇]+")
# Words that carry a sentence but not its subject; asked of nothing, found everywhere.
_STOP_WORDS = frozenset(
    [
        "的",
        "了",
        "和",
        "与",
        "及",
        "或",
        "在",
        "对",
        "为",
        "把",
        "被",
        "将",
        "从",
        "向",
        "到",
        "以",
        "于",
        "由",
        "是",
        "有",
        "也",
        "都",
        "就",
        "还",
        "又",
        "而",
        "并",
        "等",
        "其",
        "该",
        "这",
        "那",
        "这个",
        "那个",
        "这些",
        "那些",
        "一个",
        "我",
        "你",
        "他",
        "她",
        "它",
        "我们",
        "你们",
        "他们",
        "它们",
        "自己",
        "什么",
        "哪些",
        "哪个",
        "哪儿",
        "哪里",
        "哪",
        "怎么",
        "怎样",
        "怎么样",
        "如何",
        "多少",
        "几",
        "几个",
        "谁",
        "吗",
        "呢",
        "吧",
        "啊",
        "呀",
        "哦",
        "嘛",
        "么",
        "啥",
        "咋",
        "请问",
        "问",
        "请",
        "说",
        "说说",
        "讲",
        "讲讲",
        "介绍",
        "告诉",
        "一下",
        "一",
        "个",
        "具体",
        "主要",
        "情况",
        "方面",
        "内容",
        "关于",
        "有关",
        "有没有",
        "是否",
        "是不是",
        "可以",
        "能",
        "会",
        "要",
        "想",
        "打算",
        "准备",
        "计划",
        "做",
        "做了",
        "干",
        "搞",
        "弄",
        "怎么办",
        "办法",
        "措施",
        "举措",
        "安排",
        "上",
        "下",
        "里",
        "中",
        "内",
        "年",
        "月",
        "日",
        "今年",
        "去年",
        "明年",
        "年度",
        "期间",
        "时候",
        "什么时候",
        "啥时候",
        "通过",
        "进行",
        "开展",
        "推进",
        "加强",
        "不",
        "没",
        "没有",
        "很",
        "比",
        "各",
        "各自",
        "分别",
        "哪几",
        "哪年",
        "哪天",
    ]
)


def tokenize(text: str) -> list[str]:
    """Return the terms of a text with repeats: jieba's search-mode words and all pairs of neighbouring characters.

    Words of two characters are such pairs already and are not given twice. Pairs find what the dictionary cuts
    elsewhere; words of three and more add weight to names. A Chinese character that stands alone is a term.
    """
    terms: list[str] = []
    for match in _WORD.finditer(fold(text)):
        run = match.group()
        if not _CHINESE.match(run):
            terms.append(run)
            continue
        terms.extend(run[i : i + 2] for i in range(len(run) - 1))
        terms.extend(word for word in dictionary().cut_for_search(run) if len(word) != 2)
    return terms


def character_pairs(text: str) -> tuple[list[str], list[str]]:
    """Return the pairs of neighbouring Chinese characters of a folded text, and its other runs (characters alone, figures).

    All of them are terms, or parts of terms, of every text that holds this one.
    """
    runs = [match.group() for match in _WORD.finditer(text)]
    chinese = [run for run in runs if _CHINESE.match(run) and len(run) > 1]
    pairs = [run[i : i + 2] for run in chinese for i in range(len(run) - 1)]
    return pairs, [run for run in runs if run not in chinese]


@lru_cache(maxsize=4096)
def content_words(text: str) -> tuple[str, ...]:
    """Return the different words of a text that say what it is about, in order: no particles, no question words."""
    words = (
        word
        for match in _WORD.finditer(fold(text))
        for word in (dictionary().cut(match.group()) if _CHINESE.match(match.group()) else [match.group()])
    )
    return tuple(dict.fromkeys(word for word in words if word not in _STOP_WORDS))


@lru_cache(maxsize=20_000)
def rarity(word: str) -> float:
    """Return how much a word tells in the language of plans, from 0 (said in every one) to 1 (a name).

    It is the inverse document frequency among 1,348 government documents. A word that they do not use but the
    dictionary knows is everyday language for what plans say otherwise: that it is missing tells little.
    """
    counts, documents = _plan_words()
    if word in counts:
        return log((documents + 1) / counts[word]) / log(documents + 1)
    return _EVERYDAY if len(word) > 1 and word in dictionary() else _UNKNOWN


@cache
def _plan_words() -> tuple[dict[str, int], int]:
    size, *lines = lzma.decompress(RARITY_TABLE.read_bytes()).decode("utf-8").split("\n")
    return {word: int(count) for word, _, count in (line.partition(" ") for line in lines)}, int(size)


def chinese_runs(text: str) -> list[str]:
    """Return the stretches of Chinese characters in a text."""
    return _CHINESE_RUN.findall(text)


@lru_cache(maxsize=1024)
def tagged_words(text: str) -> tuple[tuple[int, str, str], ...]:
    """Return (place, word, jieba's tag) for every word of the Chinese in a text, in order."""
    found, words = [], dictionary()
    for match in _CHINESE_RUN.finditer(text):
        place = match.start()
        for word in words.cut(match.group()):
            found.append((place, word, words.tag(word)))
            place += len(word)
    return tuple(found)


def name_candidates(text: str, *, kinds: tuple[str, ...]) -> tuple[str, ...]:
    """Return the words of a text that may be names, in order.

    ``kinds`` are jieba's tags (``ns`` places, ``nt`` bodies, ``nz`` other names, ``nr`` people) and ``new``:
    runs of nouns and of characters that its dictionary can't read as words: names of rivers, villages, projects.
    """
    found: list[str] = []
    for run in chinese_runs(text):
        words = [(word, tag) for _, word, tag in tagged_words(run)]
        found.extend(word for word, tag in words if tag in kinds and len(word) > 1)
        if "new" in kinds:
            found.extend(_unread(words))
    return tuple(dict.fromkeys(found))


def is_particle(word: str, tag: str) -> bool:
    """Tell whether a single character is read as a word of grammar rather than as part of a name."""
    return word in _STOP_WORDS or tag[:1] in ("u", "p", "c", "r", "y", "d")


def _unread(words: list[tuple[str, str]]) -> list[str]:
    """Return runs of two or more single characters, and runs of two or more nouns."""
    singles = _runs(words, lambda word, tag: len(word) == 1 and not is_particle(word, tag))
    nouns = _runs(words, lambda word, tag: tag[:1] in ("n", "g", "j") or tag == "zg")
    return [*singles, *(run for run in nouns if len(run) > 2)]


def _runs(words: list[tuple[str, str]], belongs: Callable[[str, str], bool]) -> list[str]:
    """Return the neighbouring words that belong together, joined, where there are at least two."""
    groups = groupby(words, key=lambda row: belongs(*row))
    runs = ([word for word, _ in group] for together, group in groups if together)
    return ["".join(run) for run in runs if len(run) > 1]
