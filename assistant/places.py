"""Place names: those of the indexed documents, learned from what they say of themselves, and how people write them."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from assistant.sounds import sound, sounds_alike
from vectorstore.datatypes import Document
from vectorstore.folded_texts import FoldedTexts, Texts
from vectorstore.folding import fold
from vectorstore.place_names import is_place
from vectorstore.tokens import name_candidates

_SUFFIX = re.compile(r"(?:街道|地区|自治区|自治州|新区|镇|乡|区|县|旗|市|省|州|盟)$")
# A place by its rank's word: 徐家汇街道, 浦东新区. Words that end alike but are no names are ruled out below.
_ANY_PLACE = re.compile(r"[\u4e00-\u9fff]{2,5}?(?:街道|新区|镇|乡|区|县|市|省)(?![\u4e00-\u9fff]?[域内级长容场])")
# What stands before a rank without being a name: 哪个街道, 问街道
_NO_NAME = re.compile(
    r"(?:这|那|哪|座|这座|那座|各|本|我|每|全|该|几个|哪个|哪些|哪几个|其他|别的|所有|[两三四五]个|个|些|家|的|在|是|了|呢|吗|和|与|跟|及|给|对|把|被|让|从|到|说|问|管|"
    r"居民|商务|示范|功能|开发|工业|主城|住宅|度假|保税|试验|学|战|林|直辖)(?:街道|新区|镇|乡|区|县|市|省)$|[街村]镇$|城市$"
)
# Names with a number: 耕海1号, 6·21
_NUMBERED = re.compile(r"[\u4e00-\u9fff]{2}\d+(?:号|工程|计划)?|\d+·\d+")
_LEADING = re.compile(
    r"^(?:请问|问下|问一下|我住|我在|住在|帮我|看看|比较|对比|关于|介绍|说说|那么|那|和|与|跟|及|在|对|把|从|问|是|说|查|讲)+"
)


@dataclass(frozen=True, slots=True)
class Place:
    """A district with documents: its full name, what people shorten it to, and the district above it."""

    name: str
    shorts: tuple[str, ...]
    parent: str | None


@dataclass(frozen=True, slots=True)
class Mention:
    """Districts named at a place of a text."""

    start: int
    end: int
    districts: tuple[str, ...]


def read_places(documents: Sequence[Document]) -> tuple[Place, ...]:
    """Return the districts of the documents, in the order in which they first appear."""
    return _read_places(tuple(documents))


@lru_cache(maxsize=4)
def _read_places(documents: tuple[Document, ...]) -> tuple[Place, ...]:
    parents: dict[str, str | None] = {}
    for document in documents:
        said = document.provenance
        if said.district:
            parents[said.district] = parents.get(said.district) or said.parent
    return tuple(Place(name, _shorts(name), parent) for name, parent in parents.items())


def find_mentions(text: str, places: Sequence[Place], corpus: Texts) -> tuple[Mention, ...]:
    """Return where districts are named: in full, short, by the district above, or by a name that sounds the same.

    ``corpus`` is all the documents' text: 闵行 in 闵行中医医院 is part of a name that stands in it, not the district.
    """
    view = fold(text)
    forms = _forms(tuple(places))
    own = list(_find_names(view, forms.own))
    above = [m for m in _find_names(view, forms.above) if not _overlaps(m, own)]
    above = [m for m in above if not _in_longer_name(view, m, corpus) and not _qualifies(m, own)]
    found = [*own, *above]
    return tuple(sorted([*found, *([] if found else _same_sound(view, forms))], key=lambda mention: mention.start))


def find_unknown_places(text: str, mentions: Sequence[Mention], corpus: Texts) -> tuple[str, ...]:
    """Return the places a text names that stand nowhere in the documents: 徐家汇街道, 浦东."""
    view = _masked(fold(text), mentions)
    ranked = [_LEADING.sub("", name) for name in _ANY_PLACE.findall(view)]
    ranked = [name for name in ranked if len(name) > 2 and is_place(name) and not _NO_NAME.search(name)]
    bare = [name for name in name_candidates(view, kinds=("ns",)) if len(name) >= 2 and not _NO_NAME.search(name)]
    names = [name for name in dict.fromkeys([*ranked, *bare]) if name not in corpus]
    return tuple(name for name in names if not any(name != other and name in other for other in names))


def entity_districts(text: str, texts: FoldedTexts) -> tuple[str, ...]:
    """Return the one district whose documents alone hold a name that stands in the text (九星, 北横泾), else ()."""
    votes: dict[str, int] = {}
    view = fold(text)
    for name in (*name_candidates(view, kinds=("ns", "nt", "nz", "nr", "new")), *_NUMBERED.findall(view)):
        owner = _one_district(texts.holders(name))
        if owner:
            votes[owner] = votes.get(owner, 0) + len(name)
    best = sorted(votes, key=lambda name: (-votes[name], name))
    return (best[0],) if best and (len(best) == 1 or votes[best[0]] > votes[best[1]]) else ()


def _one_district(documents: Iterable[Document]) -> str | None:
    """Return the district of documents that are all of one, else None; no more of them are asked for than tell."""
    found: set[str | None] = set()
    for document in documents:
        found.add(document.provenance.district)
        if len(found) > 1:
            return None
    return found.pop() if found else None


def short_name(name: str) -> str:
    """Return a district's name without its rank: 新虹 for 新虹街道."""
    short = _SUFFIX.sub("", name)
    return short if len(short) >= 2 else name


def _shorts(name: str) -> tuple[str, ...]:
    short = short_name(name)
    return (short,) if short != name else ()


def _parent_forms(places: Sequence[Place]) -> list[tuple[str, tuple[str, ...]]]:
    below: dict[str, tuple[str, ...]] = {}
    for place in places:
        if place.parent:
            below[place.parent] = (*below.get(place.parent, ()), place.name)
    return [(form, names) for parent, names in below.items() for form in (parent, *_shorts(parent))]


@dataclass(frozen=True, slots=True)
class _Forms:
    """How districts are written, folded, the longest first, each with the districts meant; and by their sound.

    ``own`` are names in full and short, ``above`` those of the districts above; ``sounds`` gives the own forms of a
    sound with their place among all, ``sizes`` are their lengths.
    """

    own: tuple[tuple[str, tuple[str, ...]], ...]
    above: tuple[tuple[str, tuple[str, ...]], ...]
    sounds: dict[str, list[tuple[int, str, str]]]
    sizes: tuple[int, ...]


@lru_cache(maxsize=4)
def _forms(places: tuple[Place, ...]) -> _Forms:
    written = [(form, place.name) for place in places for form in (place.name, *place.shorts)]
    sounds: dict[str, list[tuple[int, str, str]]] = {}
    for number, (form, name) in enumerate(written):
        sounds.setdefault(sound(form), []).append((number, form, name))
    own = _longest_first((form, (name,)) for form, name in written)
    sizes = tuple(sorted({len(form) for form, _ in written}))
    return _Forms(own, _longest_first(_parent_forms(places)), sounds, sizes)


def _longest_first(forms: Iterable[tuple[str, tuple[str, ...]]]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple(sorted(((fold(form), names) for form, names in forms), key=lambda pair: (-len(pair[0]), pair[0])))


def _find_names(view: str, forms: Sequence[tuple[str, tuple[str, ...]]]) -> Iterator[Mention]:
    """Yield the mentions of names, longer names before the shorter ones they hold."""
    taken: list[tuple[int, int]] = []
    for form, districts in forms:
        if form not in view:  # there may be thousands of names
            continue
        for match in re.finditer(re.escape(form), view):
            start, end = match.span()
            if not any(start < b and a < end for a, b in taken):
                taken.append((start, end))
                yield Mention(start, end, districts)


def _overlaps(mention: Mention, others: Sequence[Mention]) -> bool:
    return any(mention.start < other.end and other.start < mention.end for other in others)


def _qualifies(mention: Mention, own: Sequence[Mention]) -> bool:
    """Tell whether a district above only introduces one of its own: 闵行区新虹街道."""
    return any(0 <= other.start - mention.end <= 1 and set(other.districts) <= set(mention.districts) for other in own)


def _in_longer_name(view: str, mention: Mention, corpus: Texts) -> bool:
    after = view[mention.end : mention.end + 2]
    return (
        len(after) == 2
        and bool(re.fullmatch(r"[\u4e00-\u9fff]{2}", after))
        and view[mention.start : mention.end + 2] in corpus
    )


def _same_sound(view: str, forms: _Forms) -> Iterator[Mention]:
    """Yield districts written with other characters of the same sound: 新红街道 for 新虹街道. One place a district."""
    found: dict[str, tuple[int, int, int]] = {}
    for size in forms.sizes:
        for start in range(len(view) - size + 1):
            written = view[start : start + size]
            if not re.fullmatch(r"[\u4e00-\u9fff]+", written):
                continue
            for number, form, name in forms.sounds.get(sound(written), ()):
                if sounds_alike(written, form):
                    found[name] = min(found.get(name, (number, start, size)), (number, start, size))
    # Of names that sound alike the first is meant
    for name, (_, start, size) in sorted(found.items(), key=lambda item: item[1])[:1]:
        yield Mention(start, start + size, (name,))


def _masked(view: str, mentions: Sequence[Mention]) -> str:
    for mention in mentions:
        view = view[: mention.start] + "," * (mention.end - mention.start) + view[mention.end :]
    return view
