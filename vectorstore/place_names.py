"""A title, an issuer or a file's name → the places it names, outermost first: 上海市 · 闵行区 · 新虹街道."""

import re
from itertools import takewhile

from vectorstore.divisions import division_at, is_division, parents_of

_ADMIN = re.compile(
    r"(?P<province>[\u4e00-\u9fff]{2,3}省|[\u4e00-\u9fff]{2,5}自治区|(?:北京|上海|天津|重庆)市)?"
    r"(?P<city>[\u4e00-\u9fff]{2,7}?(?:市|自治州|地区|盟))?"
    r"(?P<county>[\u4e00-\u9fff]{1,12}?自治[县旗]|[\u4e00-\u9fff]{1,6}?(?:新区|区|县|旗|市(?!区)))?"
    r"(?P<town>[\u4e00-\u9fff]{1,6}?(?:街道|镇(?!化)|乡(?!镇|村)))?"
)
# 清河经济技术开发区, 松岭旅游度假区: a zone with a name of its own, where an organ or a year follows
_ZONE = re.compile(
    r"(?!国家|省级|高新|经济|农业|工业|现代|重点|旅游|新型)[\u4e00-\u9fff]{2,6}?"
    r"(?:国家级?|省级)?(?:(?:经济|技术|高新|产业|旅游|工业|农业|综合|文化|生态|合作|自由贸易)+(?:开发|示范|试验|度假|保税|合作|园)|开发|度假)区"
)
# 关于进一步加强云溪区停车管理的意见: what stands before a name in a title
_ERRAND = re.compile(
    r"(?:进一步|全面|深入|持续|切实|大力|加快|推进|推动|加强|建设|打造|做好|深化|优化|促进|实施|落实|支持|完善|提升|提高|开展|贯彻|创建|发展|统筹|规范|美丽)+"
)
_ORGAN = re.compile(
    r"中国共产党|中共|人民政府|人民代表大会|工作委员会|党工委|管理委员会|管委会|委员会|办事处|党委|办公[室厅]|政府|常务会|全体会议"
)
# ——2024年1月16日在柳城市第五届人民代表大会第三次会议上
_NO_NAME = re.compile(
    r"\d{4}年\d{1,2}月(?:\d{1,2}日)?[在于]?|\d{4}(?:-\d{4})?年?(?:度)?|(?<![\u4e00-\u9fff])在|第? ?\d+ ?号|关于|印发|转发|批转|[《》—()]|(?<=[ —])-+"
)
_NO_PLACE = re.compile(
    r"^(?:全|各|本|我|该|每|第|市辖|辖|两|县级|省级|所在|其他|有关|相关)|届(?:街道|.)$|(?:社|园|片|名胜|城|小|校|景|辖|山|库|灾|郊|市|特|专|街|老|新|功能|开发)区$|"
    r"(?:城|都|县|上|超|夜|菜|楼|股|集|门|强|大|名|省|全)市$|(?:乡|城|集|村|建制|重|强|名|古|小|街)镇$|(?:故|水|家|下|返|城)乡$|地区$|直辖市$"
)
# Real names that end like such words: 厦门市, 宝山区, 浦东新区, 马集镇
_PLACE_DESPITE = re.compile(
    r"(?!大|小|新|老|主|深|全|各|本|我|该|每|两|市|县|省|回|返|乡)[\u4e00-\u9fff](?:[城都门集名]市|[城山]区|[城集村古水大]镇|[家水城]乡)|"
    r"(?!城市|高新|创新|国家|省级|农村)[\u4e00-\u9fff]{2}新区"
)
# Official names that are also common words: 老城区改造, 城区停车, 绿园区
_ALSO_WORDS = re.compile(r"(?:[老新]?城|新市|西市|上街|绿园|清新|港口|[\u4e00-\u9fff])区")


def name_chain(source: str) -> list[str]:
    """Return the administrative names of a string, outermost first: 上海市 闵行区 新虹街道."""
    plain = _NO_NAME.sub(" ", source)
    best: list[str] = []
    for piece in _ORGAN.sub(" ", plain).split():
        best = _extend(best, names_in(piece))
    return best


def names_in(piece: str) -> list[str]:
    """Return the names that a string begins with, outermost first; [] if it begins with no place."""
    errand = _ERRAND.match(piece)
    start = errand.end() if errand else 0
    names: list[str] = []
    while (name := division_at(piece, start)) and _is_name_here(name, names, ends=start + len(name) == len(piece)):
        names.append(name)
        start += len(name)
    names += _unlisted_names(piece, start, names)
    return names or _zone(piece[start:])


def name_before(name: str, text: str) -> str | None:
    """Return the name that stands right before another: 闵行区 in 中共闵行区七宝镇委员会, asked for 七宝镇."""
    plain = _ORGAN.sub("", text)
    found = re.search(rf"(?:^|[\s省市]|中共)([\u4e00-\u9fff]{{2,4}}(?:区|县|市)){re.escape(name)}", plain)
    return found.group(1) if found else None


def is_place(name: str) -> bool:
    """Tell whether a word that ends like a place (浦东新区, 商务区) can be the name of one."""
    if _ERRAND.match(name):
        return False
    if is_division(name) and not _ALSO_WORDS.fullmatch(name):
        return True
    return bool(_PLACE_DESPITE.fullmatch(name)) or not _NO_PLACE.search(name)


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


def _is_name_here(name: str, above: list[str], *, ends: bool) -> bool:
    """Tell a name from the word it also is: 老城区 before a year or an organ, 荆州市沙市区; not 老城区改造."""
    if above and _level(name) < _level(above[-1]):
        return False
    if is_place(name):
        return True
    below = any(above[-1] in chain for chain in parents_of(name)) if above else False
    return ends and (below or len(name) > 2)


def _unlisted_names(piece: str, start: int, above: list[str]) -> list[str]:
    match = _ADMIN.match(piece, start)
    names = [name for name in match.groups() if name] if match else []
    least = _level(above[-1]) if above else 0
    return list(takewhile(lambda name: is_place(name) and _level(name) > least, names))


def _zone(piece: str) -> list[str]:
    return [piece] if _ZONE.fullmatch(piece) else []
