"""A text that names its place in no title → the place that it speaks of as its own, and the one above."""

import re
from collections import Counter
from collections.abc import Iterator

from vectorstore.divisions import (
    bare_name,
    count_forms,
    divisions_of,
    parents_of,
    short_form,
)
from vectorstore.place_names import is_place, names_in

_SPEECH_ZONE = 1500
# 我代表市人民政府, 我代表柳城市人民政府, 下面我代表行署
_SPEAKS_FOR = re.compile(
    r"代表(?:中共|中国共产党)?(?P<name>[\u4e00-\u9fff]{0,12}?)(?P<rank>自治[区州县旗]|地区|街道|[省市州盟县区旗镇乡])"
    r"(?:人民)?(?:政府|委|党工委|工委|党委|办事处|行政公署|行署)|代表(?P<office>行署|行政公署)"
)
_OWN_RANK = re.compile(r"[全我本](街道|[国省市州盟县区旗镇乡])(?![面场域内级])")
_RANKS = {
    "国": (),
    "自治区": ("自治区",),
    "自治州": ("自治州",),
    "州": ("自治州", "州"),
    "行署": ("盟", "地区"),
    "行政公署": ("盟", "地区"),
}
_UPPER_AREAS = ("自治区", "地区", "特别行政区")
_TOWN_RANKS = ("镇", "乡", "街道")
# How a text speaks of its own place without its rank: 现代化柳城, 柳城篇章
_FRAMES_BEFORE = "现代化|美丽|美好|幸福|大美|魅力|平安|法治|数字|新"
_FRAMES_AFTER = "篇章|新篇|实践|贡献|力量|现代化|人民|儿女|振兴|高质量发展|发展史|答卷|特色|样板|大地"
# Bare names that plans use as words: of 合作市 and 东方市 only the whole name tells
_WORDS = frozenset(
    ["合作", "东方", "日照", "安康", "大同", "临江", "灯塔", "白银", "新民", "新星", "无为", "天长", "同仁"]
)
_FREE_NAME = re.compile(
    r"(?<![\u4e00-\u9fff])[\u4e00-\u9fff]{2,5}?(?:街道|自治[县旗]|镇|乡|新区|区|县|旗|盟|州|市|省)(?![\u4e00-\u9fff]{0,1}[政委内级域里])"
)
# In running text a name has no clear beginning: what could be a verb, a numeral or a pronoun is passed over
_NO_FREE_NAME = re.compile(
    r"^(?:为|在|和|与|及|向|到|对|把|让|从|以|由|是|有|等|年|月|居|排|占|位|高于|低于|[一二三四五六七八九十百千万]|工业|商务|示范|试验|居民)|"
    r"[全我本各](?:街道|[省市州盟县区旗镇乡])$|湾区$|^自治|盟友?$"
)
_LEAST_SAID = 5  # without a word on the rank, a name must be said as often to be the subject
_LEAST_SCORE = 4
_LEAST_BARE = 6  # a name never said whole could be a word
_LEAD = 1.5  # how far the subject must be ahead of the next place


def find_subject(view: str, *, stem: str = "", title: str = "") -> str | None:
    """Return the place whose plan or report a folded text is, or ``None`` if none stands out.

    Asked in this order: whom the opening speaks for, a bare name that the file's name or the title gives and the
    text confirms, and the place of the text's own rank (全市, 我县) that it speaks of most.
    """
    speaks = _SPEAKS_FOR.search(view[:_SPEECH_ZONE])
    if speaks and speaks["name"] and (names := names_in(speaks["name"] + speaks["rank"])):
        return names[-1]
    rank = (speaks["rank"] or speaks["office"]) if speaks else _own_rank(view)
    counts = count_forms(view)
    for source in (stem, title):
        if name := _from_bare(source, view, rank, counts):
            return name
    return _said_most(view, rank, counts)


def find_parent(name: str, view: str) -> str | None:
    """Return the nearest official division above a place that a folded text names, whole or bare, else ``None``."""
    counts = count_forms(view)
    listed = [chain for official in divisions_of(name) for chain in parents_of(official)]
    chains = [[above for above in chain if _times_said(above, name, counts)] for chain in listed]
    chains.sort(key=lambda chain: -sum(_times_said(above, name, counts) for above in chain))
    return chains[0][0] if chains and chains[0] else None


def _times_said(above: str, name: str, counts: Counter[str]) -> int:
    """吉林 alone says nothing of 吉林省 in the report of 吉林市."""
    bare = (bare_name(above),) if bare_name(above) != bare_name(name) else ()
    return sum(counts[form] for form in dict.fromkeys((above, short_form(above), *bare)))


def _own_rank(view: str) -> str | None:
    """Return the rank that 全市, 我县 and the like say most; reports of all ranks also speak of 全国."""
    said = Counter(_OWN_RANK.findall(view))
    nation = said.pop("国", 0)
    rank, times = said.most_common(1)[0] if said else ("", 0)
    if nation > 3 * times:
        return "国"
    return rank if times >= 3 else None


def _from_bare(source: str, view: str, rank: str | None, counts: Counter[str]) -> str | None:
    """Return the place of a bare name: 柳城-2024年政府工作报告 is 柳城市's where the text says 柳城市 or 全市.

    The text must speak of it as a place, or a file named 振兴 or 合作 would be one's.
    """
    bare = re.sub(r"[\d\W_年]+|政府工作报告|工作报告|工作要点|规划|计划|方案|行动", "", source)
    if not (2 <= len(bare) <= 8 and re.fullmatch(r"[\u4e00-\u9fff]+", bare)) or view.count(bare) < 3:
        return None
    listed = [name for name, *_ in _listed(view, rank, counts) if bare == bare_name(name)]
    if listed:
        return _as_said(listed[0], counts)
    said: Counter[str] = Counter(
        re.findall(rf"{re.escape(bare)}(市|省|区|县|旗|州|盟|镇|乡|街道)(?![域内级长容场])", view)
    )
    if said:
        return bare + said.most_common(1)[0][0]
    return bare + rank if rank in _TOWN_RANKS and _is_framed(bare, view) else None


def _said_most(view: str, rank: str | None, counts: Counter[str]) -> str | None:
    scores: dict[str, int] = {}
    for name, whole, score in (*_listed(view, rank, counts), *_unlisted(view, rank)):
        if score >= _LEAST_SCORE and (rank or whole >= _LEAST_SAID):
            scores[name] = score
    ranked = sorted(scores, key=lambda name: (-scores[name], name))
    # Places below the subject are no rivals: a prefecture's report speaks much of the cities in it
    rivals = [name for name in ranked[1:] if not any(ranked[0] in chain for chain in parents_of(name))]
    if not ranked or (rivals and scores[ranked[0]] < _LEAD * scores[rivals[0]]):
        return None
    return _as_said(ranked[0], counts)


def _listed(view: str, rank: str | None, counts: Counter[str]) -> Iterator[tuple[str, int, int]]:
    """Yield (name, times said whole, score) of the official places of a rank that a text may be about."""
    for name in dict.fromkeys(name for form in counts for name in divisions_of(form)):
        if not (_has_rank(name, rank) and is_place(name)):
            continue
        bare = bare_name(name)
        whole = sum(counts[form] for form in dict.fromkeys((name, short_form(name))))
        spoken = 0 if bare in (name, *_WORDS) else counts[bare]
        least = 2 if _is_county(name) else 1
        if whole >= least or (least == 1 and spoken >= _LEAST_BARE and _is_framed(bare, view)):
            yield name, whole, whole + spoken


def _unlisted(view: str, rank: str | None) -> Iterator[tuple[str, int, int]]:
    """Yield the same of places that no list has: towns, streets, zones, places renamed since."""
    free = Counter(name for name in _FREE_NAME.findall(view) if is_place(name) and not _NO_FREE_NAME.search(name))
    for name, whole in free.items():
        if whole >= _LEAST_SCORE and not divisions_of(name) and _has_rank(name, rank):
            yield name, whole, whole


def _is_county(name: str) -> bool:
    return name.endswith(("区", "县", "旗")) and not name.endswith(_UPPER_AREAS)


def _has_rank(name: str, rank: str | None) -> bool:
    if rank is None:
        return True
    if rank == "区" and name.endswith(_UPPER_AREAS):
        return False
    return name.endswith(_RANKS.get(rank, (rank,)))


def _is_framed(bare: str, view: str) -> bool:
    return bool(re.search(rf"(?:{_FRAMES_BEFORE}){bare}|{bare}(?:{_FRAMES_AFTER})", view))


def _as_said(name: str, counts: Counter[str]) -> str:
    """甘孜藏族自治州 calls itself 甘孜州."""
    return name if counts[name] or not counts[short_form(name)] else short_form(name)
