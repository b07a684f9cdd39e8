"""Question → what its answer must hold: an amount of money where money is asked for, a name where a person's is."""

import re
from collections.abc import Iterable

# 要花多少钱, 总投资多少亿, 每年花多少经费, 多少资金
_MONEY_ASKED = re.compile(
    r"(?:多少|几)(?:个)?(?:钱|[十百千万亿]*元|经费|资金|投资|[万亿](?:[?？]|$))|(?:投资|经费|资金|预算|补贴|造价|花费|费用)[^,，。?？]{0,4}(?:多少|几[十百千万亿])"
)
# 3.2亿元, 500万, 20元; full-width digits are folded before
_MONEY = re.compile(
    r"[\d一二三四五六七八九十百千两]\s*[余多]?\s*(?:[十百千万亿]*(?:美|欧|港|日)?元|[万亿](?![人户平辆名家个张份吨亩株棵件次千米里立])|块钱)"
    r"|免费|不(?:得)?收取?|免收|免缴"
)
# 涨了多少, 增速呢, 压减多少: a share answers as well
_SHARE_ASKED, _SHARE = (
    re.compile(r"[涨增降减压砍省缩]|占|比例|速|幅|排"),
    re.compile(r"\d\s*[%‰]|百分之|\d个百分点|[翻倍]"),
)
# 主任叫什么名字, 书记姓什么, 镇长是谁
_OFFICE = "主任|书记|镇长|区长|市长|县长|乡长|局长|所长|处长|站长|科长|部长|院长|校长|主席|领导|负责人|一把手"
_PERSON_ASKED = re.compile(
    rf"(?:{_OFFICE})(?:同志)?(?:(?:现在|目前)?(?:是谁|叫什么|叫啥|姓什么|姓啥|姓甚名谁)|的?(?:名字|姓名))"
)
_SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜"
    "范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文庞樊兰殷施陶洪翟安颜倪严牛温芦季俞章鲁葛"
    "伍韦申尤毕聂丛焦向柳邢路岳齐沿梅莫庄辛管祝左涂谷祁时舒耿牟卜詹关苗凌费纪靳盛童欧甄项曲成游阳裴席卫查屈鲍位覃霍翁隋植甘景"
)
_PERSON = re.compile(
    rf"(?:{_OFFICE})[\s:]*(?!关于)[{_SURNAMES}]\s?[\u4e00-\u9fff](?:\s?[\u4e00-\u9fff])?(?![\u4e00-\u9fff])"
)


# 新地址是哪里, 在哪条路上; 电话是多少; 几点开门, 开放时间
_ELSE = (
    (
        re.compile(r"地址(?:是|在|定在)?(?:哪|什么|多少|啥)|(?:在|位于)哪(?:条|一条)[路街]"),
        re.compile(
            r"[路街巷弄里]\S{0,6}号|\d\s*号|[^道网线出铁公水思]路(?!径|线|网|演)|大道|位于|坐落|地块|东侧|西侧|南侧|北侧"
        ),
    ),
    (
        re.compile(r"(?:电话|热线|号码|联系方式)(?:号码)?(?:是|有)?(?:多少|什么|几|哪|[?？]|$)"),
        re.compile(r"\d{5,}|\d{3,4}-\d{7,}"),
    ),
    (
        re.compile(
            r"几点(?:钟)?(?:开|关|上|下|到)(?!.*(?:哪|怎么)(?:看|查))|(?:开放|营业|办公|上班)时间(?:是|有)?(?:几|什么|多)"
        ),
        re.compile(r"\d{1,2}(?::\d\d|[时点])|小时"),
    ),
)


def holds_what_is_asked(view: str, texts: Iterable[str]) -> bool:
    """Tell whether texts can answer a folded question as far as its kind of answer goes; folded texts are expected.

    True where nothing is asked for that could be told apart: only money, names of office holders, addresses, telephone
    numbers and times of day are.
    """
    if _PERSON_ASKED.search(view):
        return any(_PERSON.search(text) for text in texts)
    if _MONEY_ASKED.search(view):
        shares = bool(_SHARE_ASKED.search(view))
        return any(_MONEY.search(text) or (shares and _SHARE.search(text)) for text in texts)
    wanted = [said for asked, said in _ELSE if asked.search(view)]
    said = tuple(texts)
    return all(any(kind.search(text) for text in said) for kind in wanted)
