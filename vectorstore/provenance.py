"""What a plan says of itself: title, district, parent district, issuer, date, period, kind."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import fields

from vectorstore.datatypes import Period, Provenance, Span
from vectorstore.folding import fold_width
from vectorstore.place_names import name_before, name_chain
from vectorstore.subjects import find_parent, find_subject

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
_REPORT_SPEECH = re.compile(
    r"向大会(?:作)?(?:政府)?(?:工作)?(?:作)?报告|报告(?:政府)?工作|代表[^。]{1,24}作(?:政府)?工作报告"
)
_AUDIENCE = re.compile(r"各位(?:代表|委员|同志)")
_PURPOSE = re.compile(
    r"(?:(?:制定|制订|编制)(?:本|如下|以下|了?《?)|提出(?:本|如下|以下|《))([^,。;《》]{2,24}?)(?:如下)?[。:》]"
)
# 2023年工作回顾, 2023年主要工作: the year a report looks back on; 2024年工作安排: the one it plans
_REVIEW = re.compile(r"((?:19|20)\d{2})年(?:(?:主要|政府)?工作(?:回顾|总结|情况)|主要工作)")
_AHEAD = re.compile(r"((?:19|20)\d{2})年(?:政府|主要|重点|的)?(?:工作|目标|任务)")

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


# What stands above a title without being part of it: an address, 附件1, where a page lies in its site
_NO_TITLE = re.compile(r"https?://|www\.|附件[ \d一二三四五六七八九十]*[:：]?$|(?:您的|当前|您现在的)位置")


def _title(text: str, titles: Sequence[Span]) -> str | None:
    if not titles:
        return None
    lines = [re.sub(r"\s+", " ", span.of(text).strip("# ")) for span in titles]
    own = [line for n, line in enumerate(lines) if not _NO_TITLE.match(line) and not _said_elsewhere(n, lines)]
    joined = "".join(own or lines)
    return re.sub(r"(?<=[\u4e00-\u9fff]) (?=[\u4e00-\u9fff])", "", joined)[:120] or None


def _said_elsewhere(number: int, lines: Sequence[str]) -> bool:
    """Tell whether another title line says what this one says: the longer one, or the first of two alike, is kept."""
    line = lines[number]
    return any(line in other and (len(other) > len(line) or n < number) for n, other in enumerate(lines) if n != number)


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
    for source in (issuer, title, named, stem):
        chain = name_chain(source)
        if chain:
            zone = f"{issuer} {named}{view[:600]}"
            parent = chain[-2] if len(chain) > 1 else name_before(chain[-1], zone)
            return parent or find_parent(chain[-1], view), chain[-1]
    subject = find_subject(view, stem=stem, title=title)
    return (find_parent(subject, view) if subject else None), subject


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
    if _REPORT_SPEECH.search(view[:400]) or _is_report_body(view):
        return "work report"
    purpose = _PURPOSE.search(view[:1200])
    if purpose:
        return next((kind for kind, pattern in KINDS if pattern.search(purpose.group(1))), None)
    return None


def _is_report_body(view: str) -> bool:
    """A report without its opening still turns to its listeners, and looks back on a year or ahead to one."""
    turns = len(_AUDIENCE.findall(view))
    return turns >= 2 and bool(_REVIEW.search(view) or _AHEAD.search(view))


def _period(view: str, title: str, stem: str, date: str | None, kind: str | None) -> Period | None:
    reviewed = _reviewed_year(view) if kind == "work report" else None
    for source in (title, stem):
        period = _period_in(source, kind)
        if period:
            looks_back = reviewed is not None and period == Period(reviewed + 1, reviewed + 1)
            return Period(period.start - 1, period.end) if looks_back else period
    if reviewed:
        return Period(reviewed, reviewed + 1)
    years = Counter(int(year) for year in _YEAR.findall(view))
    issued = int(date[:4]) if date else None
    if issued and kind in ("action plan", "work points", "work plan", "plan") and years.get(issued):
        return Period(issued, issued)
    return Period(*[years.most_common(1)[0][0]] * 2) if years else (Period(issued, issued) if issued else None)


def _reviewed_year(view: str) -> int | None:
    """Return the year a report looks back on: the one it names so, else its first if the text goes on to the next."""
    reviewed = _REVIEW.search(view[:3000])
    if reviewed:
        return int(reviewed.group(1))
    opening = re.search(r"((?:19|20)\d{2})年(?!\d)", view[:600])
    year = int(opening.group(1)) if opening else 0
    return year if str(year + 1) in _YEAR.findall(view) else None


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
