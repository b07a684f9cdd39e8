"""Text → text with the full form beside an abbreviation that plans write out: GDP(地区生产总值)."""

import re

from vectorstore.folded_texts import Texts

# What people say of the measures that every plan reports, and how statistics name them (the indicators of the national
# yearbook). Only those whose characters don't stand in their full form in the same order: 规上 finds 规模以上 by itself.
_FULL = {
    "GDP": "地区生产总值",
    "CPI": "居民消费价格",
    "R&D": "研发经费",
    "社零": "社会消费品零售总额",
    "固投": "固定资产投资",
    "财政收入": "一般公共预算收入",
    "人均收入": "人均可支配收入",
    "长护险": "长期护理保险",
    "外贸": "进出口",
    "城镇化率": "常住人口城镇化率",
}
_SHORT = re.compile("|".join(sorted(map(re.escape, _FULL), key=len, reverse=True)), re.IGNORECASE)


def expand(text: str, documents: Texts) -> str:
    """Return the text with full forms that stand in ``documents`` (folded) put in brackets behind their abbreviations."""

    def spell_out(match: re.Match[str]) -> str:
        full = _FULL[match.group().upper()]
        return full if full in documents and full not in text else match.group()

    return _SHORT.sub(spell_out, text)
