"""What a plan says of itself: title, district, parent district, issuer, date, period, kind."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import fields
from itertools import takewhile

from vectorstore.datatypes import Period, Provenance, Span
from vectorstore.folding import fold_width

# Kinds by the words of a title, the most telling first; the last word of a title names the document.
KINDS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("five-year plan", re.compile(r"五年规划|五年发展规划|“?[一二三四五六七八九十]+五”?.{0,30}规划|规划纲要")),
    ("work points", re.compile(r"工作要点|重点工作(?:安排|任务)?$")),
    ("work report", re.compile(r"工作报告|工作总结|工作情况")),
    ("action plan", re.compile(r"行动(?:计划|方案)|三年计划")),
    ("work plan", re.compile(r"工作(?:计划|方案|安排|打算)|实施方案|方案")),
    ("plan", re.compile(r"规划|计划|纲要")),
    ("opinions", re.compile(r"意见")),
    ("measures", re.compile(r"办法|条例|细则|规定|措施")),
    ("notice", re.compile(r"通知|公告|决定|批复")),
)
_REPORT_SPEECH = re.compile(r"向大会(?:作)?(?:政府)?(?:工作)?(?:作)?报告|报告(?:政府)?工作")
_PURPOSE = re.compile(r"(?:特|现)?(?:制定|制订|提出|编制)(?:本|如下|以下|了?《?)([^,。;《》]{2,24}?)(?:如下)?[。:》]")

_UNIT = r"(?:街道|地区|镇|乡|区|县|旗|市|州|盟|省)"
_ADMIN = re.compile(
    r"(?P<province>[\u4e00-\u9fff]{2,3}省|[\u4e00-\u9fff]{2,5}自治区|(?:北京|上海|天津|重庆)市)?"
    r"(?P<city>[\u4e00-\u9fff]{2,7}?(?:市|自治州|地区|盟))?"
    r"(?P<county>[\u4e00-\u9fff]{1,6}?(?:新区|区|县|旗|市(?!区)))?"
    r"(?P<town>[\u4e00-\u9fff]{1,6}?(?:街道|镇(?!化)|乡(?!镇|村)))?"
)
# 关于进一步加强云溪区停车管理的意见: what stands before a name in a title
_ERRAND = re.compile(
    r"(?:进一步|全面|深入|持续|切实|大力|加快|推进|推动|加强|建设|打造|做好|深化|优化|促进|实施|落实|支持|完善|提升|提高|开展|贯彻|创建|发展|统筹|规范|美丽)+"
)
_ORGAN = re.compile(
    r"中国共产党|中共|人民政府|人民代表大会|工作委员会|党工委|委员会|办事处|党委|办公[室厅]|政府|常务会|全体会议"
)
_FREE_NAME = re.compile(
    r"(?<![\u4e00-\u9fff])[\u4e00-\u9fff]{2,5}?(?:街道|镇|乡|新区|区|县|市|省)(?![\u4e00-\u9fff]{0,1}[政委内级域里])"
)
_NO_PLACE = re.compile(
    r"^(?:全|各|本|我|该|每|市辖|辖|两|县级|省级|所在|其他|有关|相关)|(?:社|园|片|城|小|校|景|辖|山|库|灾|郊|市|特|专|街|老|新|功能|开发)区$|"
    r"(?:城|都|县|上|超|夜|菜|楼|股|集|门|强|大|名|省|全)市$|(?:乡|城|集|村|建制|重|强|名|古|小|街)镇$|(?:故|水|家|下|返|城)乡$|地区$"
)
# Real names that end like such words: 厦门市, 宝山区, 浦东新区, 马集镇
_PLACE_DESPITE = re.compile(
    r"(?!大|小|新|老|主|深|全|各|本|我|该|每|两|市|县|省|回|返|乡)[\u4e00-\u9fff](?:[城都门集名]市|[城山]区|[城集村古水大]镇|[家水城]乡)|"
    r"(?!城市|高新|创新|国家|省级|农村)[\u4e00-\u9fff]{2}新区"
)
# In running text a name has no clear beginning: what could be a verb, a numeral or a pronoun is passed over
_NO_FREE_NAME = re.compile(
    r"^(?:为|在|和|与|及|向|到|对|把|让|从|以|由|是|有|等|[一二三四五六七八九十百千万]|工业|商务|示范|试验|居民)"
)
_DATE = re.compile(r"(?P<y>\d{4})[年\-./](?P<m>\d{1,2})(?:[月\-./](?:(?P<d>\d{1,2})日?)?)?")
_CHINESE_DATE = re.compile(
    r"(?P<y>[二〇○零一九八七六五四三]{4})年(?P<m>[一二三四五六七八九十]{1,2})月(?:(?P<d>[一二三四五六七八九十]{1,3})日)?"
)
_YEARS = re.compile(r"(?P<a>(?:19|20)\d{2})年?[—\-–~至到]{1,2}(?P<b>(?:19|20)\d{2})(?!\d)")
_YEAR = re.compile(r"(?<!\d)((?:19|20)\d{2})年?(?!\d)")
_FIVE_YEARS = re.compile(r"第([一二三四五六七八九十]{1,3})个五年|“?(十?[一二三四五六七八九]|十)五”")
_THREE_YEARS = re.compile(r"三年行动")
_DIGITS = {char: str(n) for n, char in enumerate("〇一二三四五六七八九")} | {"零": "0", "○": "0"}


def read_provenance(
    text: str, *, titles: Sequence[Span], notes: Sequence[Span], stem: str, overrides: Provenance | None = None
) -> Provenance:
    """Return what a text says of itself.

    ``titles`` and ``notes`` are the places of its title lines and of its opening and closing notes; ``stem`` is
    the file's name, the last thing asked. Fields of ``overrides`` that are not ``None`` win.
    """
    view = fold_width(text)
    title = _title(text, titles)
    named = " ".join([*(span.of(view) for span in titles), *(span.of(view) for span in notes)])
    issuer = _issuer(text, view, notes)
    parent, district = _district(view, fold_width(title or ""), fold_width(issuer or ""), named, fold_width(stem))
    date = _date(view, notes)
    kind = _kind(view, fold_width(title or ""), stem)
    period = _period(view, fold_width(title or ""), fold_width(stem), date, kind)
    read = Provenance(title, district, parent, issuer, date, period, kind)
    if overrides is None:
        return read
    return Provenance(**{f.name: getattr(overrides, f.name) or getattr(read, f.name) for f in fields(Provenance)})


def display_title(provenance: Provenance, stem: str) -> str:
    """Return what to call a document: its title, else what is known of it, else its file's name."""
    if provenance.title:
        return provenance.title
    words = {
        "work report": "工作报告",
        "action plan": "行动方案",
        "work points": "工作要点",
        "five-year plan": "五年规划",
    }
    if provenance.district and provenance.kind in words:
        year = f"{provenance.period}年" if provenance.period else ""
        return f"{provenance.district}{year}{words[provenance.kind]}"
    return stem.rsplit("/", 1)[-1]


def five_year_period(number: int) -> Period:
    """Return the years of China's n-th five-year plan: 十四五 is 2021-2025 (the third began in 1966)."""
    start = 1966 + 5 * (number - 3) if number >= 3 else 1953 + 5 * (number - 1)
    return Period(start, start + 4)


def chinese_number(text: str) -> int:
    """Return the number up to 99 that Chinese numerals write: 十四 is 14, 二十 is 20."""
    ones = "零一二三四五六七八九"
    if "十" not in text:
        return ones.index(text[-1])
    tens, _, rest = text.partition("十")
    return (ones.index(tens) if tens else 1) * 10 + (ones.index(rest) if rest else 0)


def _title(text: str, titles: Sequence[Span]) -> str | None:
    if not titles:
        return None
    joined = "".join(re.sub(r"\s+", " ", span.of(text).strip("# ")) for span in titles)
    return re.sub(r"(?<=[\u4e00-\u9fff]) (?=[\u4e00-\u9fff])", "", joined)[:120] or None


def _issuer(text: str, view: str, notes: Sequence[Span]) -> str | None:
    for span in notes:
        match = re.search(r"(?:发文机构|发布机构|发布单位|发文单位)[ ]*:[ ]*(\S+)", view[span.start : span.end])
        if match:
            return text[span.start + match.start(1) : span.start + match.end(1)]
    for span in reversed(notes):
        end = _DATE.search(view, span.start, span.end) or _CHINESE_DATE.search(view, span.start, span.end)
        body = text[span.start : end.start() if end else span.end].strip(" 　\n—-()（）")
        if (
            len(body) >= 4
            and re.search(r"委员会|政府|办事处|委$|局$|办公[室厅]|行署", body)
            and not re.search(r"通过|[市省区县]长|主席", body)
        ):
            return re.sub(r"\s+", " ", body)
    return None


def _district(view: str, title: str, issuer: str, named: str, stem: str) -> tuple[str | None, str | None]:
    """Return (parent, district) from the clearest of: issuer, title, notes, the file's name, the whole text."""
    for source in (issuer, title, named):
        chain = _chain(source)
        if chain:
            parent = chain[-2] if len(chain) > 1 else _parent_elsewhere(chain[-1], issuer + " " + named + view[:600])
            return parent, chain[-1]
    chain = _chain(stem)
    if chain:
        return (chain[-2] if len(chain) > 1 else None), chain[-1]
    return _from_text(view, stem)


def _chain(source: str) -> list[str]:
    """Return the administrative names of a string, outermost first: 上海市 闵行区 新虹街道."""
    plain = re.sub(r"\d{4}(?:-\d{4})?年?(?:度)?|关于|印发|转发|《|》", " ", source)
    best: list[str] = []
    for piece in _ORGAN.sub(" ", plain).split():
        best = _extend(best, _names(piece))
    return best


def _extend(chain: list[str], names: list[str]) -> list[str]:
    """Join a chain that an organ's name cut in two: 上海市长宁区|人民政府|新华路街道."""
    if not names or (chain and chain[-1].endswith(("街道", "镇", "乡"))):
        return chain
    level = _level(names[0])
    return [*chain, *names] if not chain or level > _level(chain[-1]) else chain


def _level(name: str) -> int:
    if name.endswith(("街道", "镇", "乡")):
        return 4
    if name.endswith(("区", "县", "旗")) and not name.endswith(("自治区", "地区")):
        return 3
    return 1 if name.endswith(("省", "自治区")) else 2


def _names(piece: str) -> list[str]:
    errand = _ERRAND.match(piece)
    match = _ADMIN.match(piece, errand.end() if errand else 0)
    names = [name for name in match.groups() if name] if match else []
    return list(takewhile(is_place, names))


def is_place(name: str) -> bool:
    """Tell whether a word that ends like a place (浦东新区, 商务区) can be the name of one."""
    if _ERRAND.match(name):
        return False
    return bool(_PLACE_DESPITE.fullmatch(name)) or not _NO_PLACE.search(name)


def _parent_elsewhere(name: str, zone: str) -> str | None:
    """Return the name that stands right before a district's: 闵行区 in 中共闵行区七宝镇委员会."""
    plain = _ORGAN.sub("", zone)
    short = re.escape(name)
    found = re.search(rf"(?:^|[\s省市]|中共)([\u4e00-\u9fff]{{2,4}}(?:区|县|市)){short}", plain)
    return found.group(1) if found else None


def _from_text(view: str, stem: str) -> tuple[str | None, str | None]:
    """Return the name said most often, if the file's name agrees or it is said often enough to be the subject."""
    spoken = re.search(r"我代表(?:中共)?([\u4e00-\u9fff]{2,8}(?:省|市|区|县|州|盟))(?:人民)?(?:政府|委)", view[:1500])
    if spoken and (names := _names(spoken.group(1))):
        return None, names[-1]
    named = (name for name in _FREE_NAME.findall(view) if not (_NO_PLACE.search(name) or _NO_FREE_NAME.search(name)))
    counts = Counter(named)
    bare = re.sub(r"[\d\W_年]+|政府工作报告|工作报告|工作要点|规划|计划|方案|行动", "", stem)
    if 2 <= len(bare) <= 8 and re.fullmatch(r"[\u4e00-\u9fff]+", bare) and view.count(bare) >= 3:
        return None, bare + ("" if bare.endswith(tuple("市省区县盟镇道")) else _suffix(view, bare))
    top = counts.most_common(1)
    return None, top[0][0] if top and top[0][1] >= 5 else None


def _suffix(view: str, bare: str) -> str:
    """Return the rank of a place of which a text says only the bare name: 市 where it is 苏州市, or speaks of 全市."""
    speaks = re.search(r"代表(市|州|县|区|盟|镇)(?:人民)?政府", view)
    said = Counter(re.findall(rf"{re.escape(bare)}(市|省|区|县|州|盟|镇|街道)(?![域内级长容场])", view))
    # 全省 and 全区 are said of the province above too
    whole = Counter(re.findall(r"全(市|县|州|盟|镇|街道)(?![面])", view))
    if speaks:
        return speaks.group(1)
    counts = said if said and said.most_common(1)[0][1] > 1 else whole
    return counts.most_common(1)[0][0] if counts else ""


def _date(view: str, notes: Sequence[Span]) -> str | None:
    """Return the date of issue: a named one, else the closing one, else the one in an opening note."""
    zones = [span.of(view) for span in notes]
    named = [zone for zone in zones if re.search(r"发布|成文|印发|生成|公开日期|发文日期", zone)]
    for zone in [*named, *reversed(zones)]:
        date = _iso(zone)
        if date:
            return date
    return None


def _iso(zone: str) -> str | None:
    match = _DATE.search(zone)
    if match:
        year, month, day = match["y"], match["m"], match["d"]
    else:
        match = _CHINESE_DATE.search(zone)
        if not match:
            return None
        year = "".join(_DIGITS.get(char, char) for char in match["y"])
        month = str(chinese_number(match["m"]))
        day = str(chinese_number(match["d"])) if match["d"] else None
    if not (1 <= int(month) <= 12 and (day is None or 1 <= int(day) <= 31)):
        return None
    return f"{year}-{int(month):02d}" + (f"-{int(day):02d}" if day else "")


def _kind(view: str, title: str, stem: str) -> str | None:
    for source in (title, fold_width(stem) if not title else ""):
        found = [(match.end(), -order, kind) for order, (kind, p) in enumerate(KINDS) if (match := p.search(source))]
        if found:
            return max(found)[2]
    if _REPORT_SPEECH.search(view[:400]):
        return "work report"
    purpose = _PURPOSE.search(view[:1200])
    if purpose:
        return next((kind for kind, pattern in KINDS if pattern.search(purpose.group(1))), None)
    return None


def _period(view: str, title: str, stem: str, date: str | None, kind: str | None) -> Period | None:
    for source in (title, stem):
        period = _period_in(source, kind)
        if period:
            return period
    reviewed = re.search(r"((?:19|20)\d{2})年(?:(?:主要|政府)?工作(?:回顾|总结|情况)|主要工作)", view[:3000])
    if reviewed and kind == "work report":
        return Period(int(reviewed.group(1)), int(reviewed.group(1)) + 1)
    years = Counter(int(year) for year in _YEAR.findall(view))
    issued = int(date[:4]) if date else None
    if issued and kind in ("action plan", "work points", "work plan", "plan") and years.get(issued):
        return Period(issued, issued)
    return Period(*[years.most_common(1)[0][0]] * 2) if years else (Period(issued, issued) if issued else None)


def _period_in(source: str, kind: str | None) -> Period | None:
    years = _YEARS.search(source)
    if years and int(years["a"]) <= int(years["b"]):
        return Period(int(years["a"]), int(years["b"]))
    five = _FIVE_YEARS.search(source)
    if five:
        number = chinese_number(five.group(1) or five.group(2))
        return five_year_period(number)
    single = _YEAR.search(source)
    if single:
        year = int(single.group(1))
        return Period(year, year + 2) if _THREE_YEARS.search(source) else Period(year, year)
    return None
