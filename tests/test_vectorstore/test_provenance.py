"""What plans say of themselves: the five bundled ones exactly, and invented ones of other places."""

from pathlib import Path

import pytest
from hypothesis import given

from tests.test_vectorstore.plan_texts import any_text, plan_like
from vectorstore.datatypes import Period, Provenance
from vectorstore.documents import read_document
from vectorstore.provenance import chinese_number, display_title, five_year_period
from vectorstore.readers import read_text

SEEDS = Path(__file__).parents[2] / "seeds"
BODY = "\n一、工作目标\n推进各项工作。\n"


def said(text, path="1.txt", **more):
    return read_document(path, text, **more).provenance


BUNDLED = {
    "七宝镇-三年行动计划2023-2025": Provenance(
        title="中共七宝镇委员会关于深入学习贯彻七届区委七次全会精神奋力推动经济社会高质量发展三年行动计划(2023-2025年)(草案)",
        district="七宝镇",
        parent="闵行区",
        issuer="中共闵行区七宝镇委员会 闵行区七宝镇人民政府",
        date="2023-09-26",
        period=Period(2023, 2025),
        kind="action plan",
    ),
    "新华路街道-2024年工作要点": Provenance(
        title="新华路街道2024年工作要点",
        district="新华路街道",
        parent="长宁区",
        issuer="上海市长宁区人民政府新华路街道办事处",
        date="2024-02-28",
        period=Period(2024, 2024),
        kind="work points",
    ),
    "新虹街道-2020年工作报告": Provenance(
        title="中共闵行区新虹街道工作委员会2020年工作报告",
        district="新虹街道",
        parent="闵行区",
        issuer="中共闵行区新虹街道工作委员会",
        date="2021-02-01",
        period=Period(2020, 2020),
        kind="work report",
    ),
    "新虹街道-2022年行动方案": Provenance(
        title=None,
        district="新虹街道",
        parent="闵行区",
        issuer="中共上海市闵行区新虹街道工作委员会 上海市闵行区人民政府新虹街道办事处",
        date="2022-01-18",
        period=Period(2022, 2022),
        kind="action plan",
    ),
    "真新街道-第十四个五年规划": Provenance(
        title="嘉定区真新街道国民经济和社会发展第十四个五年规划",
        district="真新街道",
        parent="嘉定区",
        issuer=None,
        date="2021-03-31",
        period=Period(2021, 2025),
        kind="five-year plan",
    ),
}


@pytest.mark.parametrize("stem", BUNDLED)
def test_a_bundled_plan_is_read_exactly(stem):
    assert said(read_text(SEEDS / f"{stem}.txt"), f"{stem}.txt") == BUNDLED[stem]


@pytest.mark.parametrize("stem", BUNDLED)
def test_a_bundled_plan_says_its_district_whatever_its_file_is_called(stem):
    renamed = said(read_text(SEEDS / f"{stem}.txt"), "1.txt")
    assert (renamed.parent, renamed.district) == (BUNDLED[stem].parent, BUNDLED[stem].district)


@given(plan_like | any_text)
def test_any_text_has_a_provenance(text):
    assert isinstance(said(text), Provenance)


@pytest.mark.parametrize(
    ("title", "parent", "district"),
    [
        ("柳城市2024年工作要点", None, "柳城市"),
        ("青石县2024年工作要点", None, "青石县"),
        ("松岭区2024年工作要点", None, "松岭区"),
        ("青石镇2024年工作要点", None, "青石镇"),
        ("云溪街道2024年工作要点", None, "云溪街道"),
        ("禾丰乡2024年工作要点", None, "禾丰乡"),
        ("松岭区云溪街道2024年工作要点", "松岭区", "云溪街道"),
        ("清江省柳城市松岭区云溪街道2024年工作要点", "松岭区", "云溪街道"),
        ("清江省柳城市2024年工作要点", "清江省", "柳城市"),
        ("中共青石镇委员会2024年工作要点", None, "青石镇"),
        ("松岭区人民政府云溪街道办事处2024年工作要点", "松岭区", "云溪街道"),
        ("关于印发《云溪街道2024年工作要点》的通知", None, "云溪街道"),
        ("2024年松岭区政府工作报告", None, "松岭区"),
    ],
)
def test_a_title_names_the_district_and_the_one_above(title, parent, district):
    read = said(title + BODY)
    assert (read.parent, read.district) == (parent, district)


@pytest.mark.parametrize(
    "name",
    [
        "盐城市",
        "成都市",
        "厦门市",
        "茂名市",
        "宝山区",
        "东城区",
        "浦东新区",
        "马集镇",
        "李村镇",
        "张家乡",
        "阿坝藏族羌族自治州",
        "锡林郭勒盟",
    ],
)
def test_a_name_that_ends_like_a_common_word_is_a_name(name):
    assert said(f"{name}2024年工作要点{BODY}").district == name


@pytest.mark.parametrize(
    "title",
    ["社区养老服务工作方案", "老旧小区改造工作方案", "城市更新行动方案", "高新区2024年工作要点", "全市养老服务工作方案", "关于推进城镇老旧小区改造的实施方案", "统筹城乡发展规划", "美丽乡镇建设行动方案", "新区建设行动计划"],
)  # fmt: skip
def test_a_title_without_a_name_names_no_district(title):
    assert said(title + BODY).district is None


@pytest.mark.parametrize(
    ("title", "district"),
    [
        ("松岭区推进社区养老工作方案", "松岭区"),
        ("柳城市推进城市更新工作方案", "柳城市"),
        ("松岭区推进乡村振兴三年行动计划", "松岭区"),
        ("松岭区城镇老旧小区改造方案", "松岭区"),
        ("关于进一步加强松岭区停车管理的实施意见", "松岭区"),
        ("关于推进云溪街道养老工作的实施方案", "云溪街道"),
    ],
)
def test_the_work_a_title_speaks_of_is_no_part_of_the_name(title, district):
    assert said(title + BODY).district == district


def test_the_district_above_may_stand_in_the_issuer_alone():
    read = said(f"云溪街道2024年工作要点{BODY}松岭区人民政府云溪街道办事处\n2024年2月18日")
    assert (read.parent, read.district) == ("松岭区", "云溪街道")


SPEECH = "各位代表:\n现在,我代表市人民政府,向大会报告政府工作,请予审议。\n一、2023年工作回顾\n柳城市经济平稳。柳城市就业稳定。柳城市办好实事。\n二、2024年工作安排\n推进更新。\n"


def test_a_speech_takes_its_city_from_the_name_of_its_file():
    read = said(SPEECH, "柳城-2024年政府工作报告.txt")
    assert (read.district, read.kind) == ("柳城市", "work report")


def test_a_speech_under_a_meaningless_name_takes_the_city_it_speaks_for():
    assert said(SPEECH.replace("我代表市人民政府", "我代表柳城市人民政府"), "1.txt").district == "柳城市"


def test_a_speech_that_reviews_a_year_and_plans_the_next_speaks_of_both():
    assert said(SPEECH, "报告.txt").period == Period(2023, 2024)


@pytest.mark.parametrize(
    ("title", "period"),
    [
        ("云溪街道2024年工作要点", Period(2024, 2024)),
        ("云溪街道２０２４年度工作计划", Period(2024, 2024)),
        ("青石镇三年行动计划(2024-2026年)", Period(2024, 2026)),
        ("青石镇行动计划（2024年—2026年）", Period(2024, 2026)),
        ("2024年至2026年青石镇行动计划", Period(2024, 2026)),
        ("青石镇2024年三年行动计划", Period(2024, 2026)),
        ("松岭区国民经济和社会发展第十四个五年规划", Period(2021, 2025)),
        ("松岭区“十四五”养老规划", Period(2021, 2025)),
        ("松岭区第十五个五年规划纲要", Period(2026, 2030)),
    ],
)
def test_a_title_names_the_years(title, period):
    assert said(title + BODY).period == period


def test_the_name_of_the_file_names_the_years_where_the_title_does_not():
    assert said("云溪街道工作要点" + BODY, "云溪街道-2024年.txt").period == Period(2024, 2024)


def test_years_that_run_backwards_are_no_period():
    assert said("青石镇行动计划(2026-2024年)" + BODY).period == Period(2026, 2026)


@pytest.mark.parametrize(
    ("line", "date"),
    [
        ("2023年3月5日", "2023-03-05"),
        ("２０２３年３月５日", "2023-03-05"),
        ("二〇二三年三月五日", "2023-03-05"),
        ("二○二三年十二月二十八日", "2023-12-28"),
        ("2023年3月", "2023-03"),
    ],
)
def test_the_closing_line_gives_the_date(line, date):
    assert said(f"青石镇2023年工作要点{BODY}青石镇人民政府\n{line}\n").date == date


@pytest.mark.parametrize("line", ["发布日期:2023-03-05", "成文日期：2023年3月5日", "发布时间: 2023.3.5"])
def test_a_named_date_under_the_title_gives_the_date(line):
    assert said(f"青石镇2023年工作要点\n{line}{BODY}").date == "2023-03-05"


def test_a_named_date_goes_before_the_closing_one():
    assert said(f"青石镇2023年工作要点\n发布日期:2023-04-01{BODY}青石镇人民政府\n2023年3月5日").date == "2023-04-01"


def test_a_date_that_no_calendar_has_is_no_date():
    assert said(f"青石镇2023年工作要点\n发布日期:2023-13-05{BODY}").date is None


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("松岭区第十四个五年规划", "five-year plan"),
        ("云溪街道2024年工作要点", "work points"),
        ("松岭区政府工作报告", "work report"),
        ("青石镇三年行动计划", "action plan"),
        ("青石镇养老服务实施方案", "work plan"),
        ("青石镇空间发展规划", "plan"),
        ("松岭区关于加强停车管理的意见", "opinions"),
        ("松岭区停车管理办法", "measures"),
        ("关于印发《云溪街道2024年工作要点》的通知", "notice"),
    ],
)
def test_the_last_telling_word_of_a_title_names_the_kind(title, kind):
    assert said(title + BODY).kind == kind


def test_a_plan_without_a_title_says_its_kind_where_it_says_why_it_is_made():
    assert said("为推动产业发展,特制定本行动方案。\n一、要求\n推进工作。").kind == "action plan"


@pytest.mark.parametrize("label", ["发文机构", "发布单位"])
def test_a_named_issuer_is_the_issuer(label):
    assert said(f"云溪街道2024年工作要点\n{label}：松岭区人民政府{BODY}").issuer == "松岭区人民政府"


@pytest.mark.parametrize("date", ["2023年3月5日", "二〇二三年三月五日"])
def test_the_closing_line_names_the_issuer(date):
    read = said(f"青石镇2023年工作要点{BODY}中共青石镇委员会 青石镇人民政府 {date}")
    assert read.issuer == "中共青石镇委员会 青石镇人民政府"


def test_corrections_win_field_by_field():
    corrections = Provenance(district="松岭区", period=Period(2022, 2023))
    read = said("云溪街道2024年工作要点" + BODY, overrides=corrections)
    assert (read.district, read.period, read.kind) == ("松岭区", Period(2022, 2023), "work points")


def test_a_document_without_a_title_is_called_by_what_is_known_of_it():
    assert (
        display_title(Provenance(district="青石镇", period=Period(2024, 2026), kind="action plan"), "a/b")
        == "青石镇2024-2026年行动方案"
    )
    assert display_title(Provenance(), "云溪/要点") == "要点"


@pytest.mark.parametrize(
    ("number", "years"), [(1, (1953, 1957)), (3, (1966, 1970)), (13, (2016, 2020)), (14, (2021, 2025))]
)
def test_five_year_plans_have_their_years(number, years):
    assert five_year_period(number) == Period(*years)


@pytest.mark.parametrize(("text", "number"), [("三", 3), ("十", 10), ("十四", 14), ("二十", 20), ("三十一", 31)])
def test_chinese_numerals_are_numbers(text, number):
    assert chinese_number(text) == number


@pytest.mark.parametrize(
    "above", ["http://www.example.org/2024/a_2.htm\n", "附件 1\n", "清河市养老服务办法\n", "养老服务办法\n"]
)
def test_what_stands_above_a_title_is_no_part_of_it(above):
    document = read_document("a.txt", f"{above}清河市养老服务办法\n第一条 为发展养老服务,制定本办法。\n")
    assert document.provenance.title == "清河市养老服务办法"
