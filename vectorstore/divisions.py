"""A text → the provinces, prefectures and counties of China that it names, by the official list."""

import re
from collections import Counter
from functools import lru_cache
from pathlib import Path

_LIST = Path(__file__).with_name("divisions.txt")
_RANK = re.compile(r"(?:特别行政区|自治[区州县旗]|[新特林]区|地区|[省市区县旗州盟])$")
# 恩施土家族苗族自治州 is spoken of as 恩施, 广西壮族自治区 as 广西
_PEOPLES = re.compile(
    r"(?:(?:土家|布依|朝鲜|傈僳|仡佬|拉祜|毛南|仫佬|布朗|撒拉|保安|东乡|裕固|独龙|哈尼|纳西|普米|景颇|锡伯|鄂温克|"
    r"达斡尔|哈萨克|维吾尔|塔吉克|柯尔克孜|(?<!内)蒙古)族?|[苗侗彝藏羌回满壮瑶黎白傣佤怒水畲土各]族)+$"
)


def is_division(name: str) -> bool:
    """Tell whether this is a division's whole official name: 本溪市, 全州县, 沙市区."""
    return name in _codes()


def division_at(text: str, start: int) -> str | None:
    """Return the longest official name that begins at a place of a text."""
    forms = _beginnings().get(text[start : start + 2], ())
    return next((form for form in forms if is_division(form) and text.startswith(form, start)), None)


def count_forms(text: str) -> Counter[str]:
    """Return how often a text says each form of a name: whole (本溪市), short (恩施州) or bare (本溪).

    The longest form at a place is the one that is said there: 吉安县 does not count for 吉安.
    """
    beginnings = _beginnings()
    counts: Counter[str] = Counter()
    start = 0
    while start < len(text) - 1:
        forms = beginnings.get(text[start : start + 2], ())
        form = next((form for form in forms if text.startswith(form, start)), None)
        if form:
            counts[form] += 1
        start += len(form or " ")
    return counts


def divisions_of(form: str) -> tuple[str, ...]:
    """Return the official names that a form may stand for: 吉林 is 吉林省 or 吉林市."""
    return _forms().get(form, ())


def bare_name(name: str) -> str:
    """Return a name without its rank and peoples: 恩施 for 恩施土家族苗族自治州; names of one character stay whole."""
    rank = _RANK.search(name)
    stem = name[: rank.start()] if rank else name
    peoples = _PEOPLES.search(stem) if rank and rank.group().startswith("自治") else None
    bare = stem[: peoples.start()] if peoples else stem
    return bare if len(bare) >= 2 else name


def short_form(name: str) -> str:
    """Return a name with its rank but without its peoples: 恩施州 for 恩施土家族苗族自治州."""
    if "自治" not in name or name.endswith("自治区"):
        return name
    bare = bare_name(name)
    return name if bare == name else f"{bare}{name[-1]}"


def parents_of(name: str) -> tuple[tuple[str, ...], ...]:
    """Return, for every division of this name, the ones above it, nearest first: (襄阳市, 湖北省)."""
    names = _names()
    above = ((code[:4] + "00", code[:2] + "0000") for code in _codes().get(name, ()))
    return tuple(tuple(names[code] for code in chain if code in names and names[code] != name) for chain in above)


@lru_cache(maxsize=1)
def _names() -> dict[str, str]:
    lines = _LIST.read_text(encoding="utf-8").splitlines()
    return dict(line.split(" ", 1) for line in lines if not line.startswith("#"))


@lru_cache(maxsize=1)
def _codes() -> dict[str, tuple[str, ...]]:
    codes: dict[str, tuple[str, ...]] = {}
    for code, name in _names().items():
        codes[name] = (*codes.get(name, ()), code)
    return codes


@lru_cache(maxsize=1)
def _forms() -> dict[str, tuple[str, ...]]:
    forms: dict[str, tuple[str, ...]] = {}
    for name in _codes():
        for form in dict.fromkeys((name, short_form(name), bare_name(name))):
            forms[form] = (*forms.get(form, ()), name)
    return forms


@lru_cache(maxsize=1)
def _beginnings() -> dict[str, tuple[str, ...]]:
    """Return the forms by their first two characters, the longest first."""
    beginnings: dict[str, tuple[str, ...]] = {}
    for form in sorted(_forms(), key=lambda form: (-len(form), form)):
        beginnings[form[:2]] = (*beginnings.get(form[:2], ()), form)
    return beginnings
