"""Words that tell whether what was done or what will be done is asked for, and which sections speak of which."""

import re

PAST_ASKED = re.compile(r"去年|完成了|实现了|做了|已经?|取得|过去|改了|降了|增长了|开了|办了|获|评上|了多少|了几")
FUTURE_ASKED = re.compile(
    r"今年|明年|将|打算|计划|准备|预期|要(?:建|做|改|打造|达|修|实现|新)|争取|力争|想|接下来|怎么(?:改|做|推)"
)
PAST_HEADED = re.compile(r"回顾|总结|成效|成绩|完成情况|过去|工作情况|主要工作$|进展")
FUTURE_HEADED = re.compile(r"安排|打算|目标|任务|举措|展望|下一步|思路|要求|部署|规划|措施|今年|重点工作")
