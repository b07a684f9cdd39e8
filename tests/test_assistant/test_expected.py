"""What an answer must hold by the kind of thing that is asked for."""

import pytest

from assistant.expected import holds_what_is_asked


@pytest.mark.parametrize(
    "asked", ["这些项目每年花多少经费", "古道修复总投资多少亿?", "助餐一顿补贴多少钱", "要投入多少资金"]
)
def test_money_is_answered_by_an_amount_only(asked):
    assert not holds_what_is_asked(asked, ["修复盐茶古道12公里。", "新建助餐点3家,服务2.5万人次。"])
    assert holds_what_is_asked(asked, ["完成投资3.2亿元。"])


@pytest.mark.parametrize("said", ["全部免费。", "不得收取任何费用。", "每人每餐补贴3块钱。", "总投资约12亿。"])
def test_money_may_be_said_in_other_ways(said):
    assert holds_what_is_asked("老人助餐要多少钱", [said])


def test_where_a_rate_is_asked_as_well_a_share_answers():
    assert holds_what_is_asked("公用经费压减多少", ["公用经费压减10%。"])
    assert not holds_what_is_asked("公用经费有多少元", ["公用经费压减10%。"])


@pytest.mark.parametrize("asked", ["街道办事处主任叫什么名字?", "书记姓什么", "现在的镇长是谁"])
def test_the_holder_of_an_office_is_answered_by_a_name_only(asked):
    assert not holds_what_is_asked(asked, ["列席办事处主任办公会议。", "总书记关于城市工作的要求。"])
    assert holds_what_is_asked(asked, ["街道办事处主任 王小明"])


@pytest.mark.parametrize(
    "asked", ["养老服务有哪些举措?", "新增多少个停车泊位?", "茶叶产值增长多少", "谁负责古道修复?", "领导小组由谁组成"]
)
def test_other_questions_expect_nothing_that_could_be_told(asked):
    assert holds_what_is_asked(asked, ["加强领导。"])
