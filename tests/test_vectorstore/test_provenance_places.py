"""Whose plan a text is: names that are also words, and reports whose text alone tells the place."""

import pytest

from vectorstore.datatypes import Period
from vectorstore.divisions import bare_name, count_forms, division_at, is_division, parents_of, short_form
from vectorstore.documents import read_document

BODY = "\n一、工作目标\n推进各项工作。\n"


def said(text, path="1.txt"):
    return read_document(path, text).provenance


def speech(rank, review, path="1.txt"):
    """Return what a report says of itself whose opening names the rank of its place alone: 我代表市人民政府."""
    opening = f"各位代表:\n现在,我代表{rank}人民政府,向大会报告工作,请予审议。\n"
    return said(f"{opening}一、2023年工作回顾\n{review}\n二、2024年工作安排\n推进更新。\n", path)


@pytest.mark.parametrize(
    "name",
    [
        "本溪市",
        "全州县",
        "沙市区",
        "辉县市",
        "老城区",
        "两当县",
        "芒市",
        "本溪满族自治县",
        "积石山保安族东乡族撒拉族自治县",
        "鄂温克族自治旗",
        "克孜勒苏柯尔克孜自治州",
        "松岭自治县",
        "清河经济技术开发区",
        "松岭旅游度假区",
    ],
)
def test_a_name_that_could_be_words_is_the_district_of_its_own_plan(name):
    assert said(f"{name}2024年工作要点{BODY}").district == name


@pytest.mark.parametrize(
    ("title", "parent", "district"),
    [
        ("洛阳市老城区2024年工作要点", "洛阳市", "老城区"),
        ("佳木斯市郊区人民政府2024年工作要点", "佳木斯市", "郊区"),
        ("晋城市城区停车管理方案", None, "晋城市"),
        ("清河市老城区改造方案", None, "清河市"),
        ("天津市滨海新区2024年工作要点", "天津市", "滨海新区"),
    ],
)
def test_a_part_of_town_is_a_district_only_where_its_plan_is_meant(title, parent, district):
    read = said(title + BODY)
    assert (read.parent, read.district) == (parent, district)


@pytest.mark.parametrize(
    "title",
    ["老城区改造工作方案", "郊区公交线路优化方案", "城区停车管理方案", "合作社规范提升行动方案", "商业街区改造方案", "国家级经济技术开发区考核办法", "开发区安全生产方案", "全县养老服务方案"],
)  # fmt: skip
def test_words_that_are_also_names_of_places_name_none(title):
    assert said(title + BODY).district is None


def test_a_sitting_named_under_the_title_names_the_city():
    opening = "政府工作报告\n——2024年1月16日在清河市第五届人民代表大会第三次会议上\n市长 张三\n各位代表:\n"
    assert said(f"{opening}一、2023年工作回顾\n全市经济平稳。\n").district == "清河市"


@pytest.mark.parametrize("title", ["清河市人民政府令第 49 号清河市养老服务办法", "市政府批转清河市公安局户籍管理办法"])
def test_a_decree_or_an_endorsement_before_the_name_is_no_part_of_it(title):
    assert said(title + BODY).district == "清河市"


def test_the_sitting_of_a_government_is_no_part_of_its_name():
    assert said("我代表第五届市人民政府,向大会报告工作。\n一、回顾\n全市经济平稳。").district is None


def test_a_report_that_says_its_city_only_without_its_rank_is_that_citys():
    review = "全市经济平稳。本溪经济向好。奋力谱写本溪篇章。推进本溪更新。" * 3
    assert speech("市", review).district == "本溪市"


def test_the_rank_of_the_speaker_chooses_among_places_of_one_name():
    review = "本溪人民办好实事。谱写本溪篇章。推进本溪更新。" * 3
    assert speech("市", review).district == "本溪市"
    assert speech("省", "吉林人民办好实事。谱写吉林篇章。" * 4).district == "吉林省"
    assert speech("市", "吉林人民办好实事。谱写吉林篇章。" * 4).district == "吉林市"


def test_a_prefecture_is_called_as_its_report_calls_it():
    assert speech("州", "大理州经济平稳。大理人民办好实事。大理市增长。" * 3).district == "大理州"


def test_a_league_is_known_by_its_administrative_office():
    text = "各位委员:\n下面,我代表行署作工作报告。\n一、2023年工作回顾\n" + "全盟增长。锡林郭勒盟稳定。" * 4
    assert (said(text).district, said(text).kind) == ("锡林郭勒盟", "work report")


def test_cities_below_the_speakers_city_do_not_make_it_doubtful():
    review = "吉林人民办好实事。谱写吉林篇章。推进吉林更新。舒兰市增长。舒兰市稳定。" * 4
    assert speech("市", review).district == "吉林市"


def test_a_report_that_speaks_of_two_places_alike_is_nobodys():
    assert speech("市", "本溪市增长。敦煌市稳定。" * 4).district is None


@pytest.mark.parametrize("phrase", ["居全省前列。", "占全区三成。", "我市稳定。", "大湾区发展。", "全市增长。", "自治区支持。"])  # fmt: skip
def test_what_a_report_says_of_ranks_in_general_is_no_name(phrase):
    assert speech("市", phrase * 8).district is None


@pytest.mark.parametrize("word", ["合作发展。谱写合作篇章。", "东方实践。美丽东方。", "推进振兴实践。"])
def test_a_word_that_is_also_a_bare_name_does_not_name_the_city(word):
    assert speech("市", word * 8, "合作.txt").district is None


def test_a_town_that_no_list_has_is_found_by_what_its_report_says():
    assert speech("镇", "青石镇增长。青石镇稳定。我镇办好实事。" * 2).district == "青石镇"


def test_a_town_named_by_its_file_alone_has_the_rank_of_its_speaker():
    read = speech("镇", "我镇增长。谱写青石篇章。青石茶走俏。" * 2, "青石-2024年政府工作报告.txt")
    assert read.district == "青石镇"


def test_a_rule_for_the_whole_nation_is_no_citys():
    assert said("第一条 为规范管理,制定本办法。\n" + "全国统一管理。北京市试点。" * 6).district is None


@pytest.mark.parametrize(
    ("review", "parent"),
    [
        ("沙市区增长。荆州市支持。湖北省指导。", "荆州市"),
        ("沙市区增长。湖北重视。", "湖北省"),
        ("沙市区增长。海南合作。", None),
    ],
)
def test_the_district_above_is_the_nearest_that_the_text_names(review, parent):
    assert speech("区", review * 4).parent == parent


def test_a_name_shared_with_the_province_does_not_name_the_province():
    assert speech("市", "吉林人民办好实事。谱写吉林篇章。" * 4).parent is None


def test_a_report_under_a_plain_heading_takes_its_years_from_what_it_plans():
    text = "各位代表:\n我代表市人民政府,向大会作工作报告。\n奋力完成2023年任务\n增长。\n奋力实现2024年目标\n推进。\n"
    assert said(text).period == Period(2023, 2024)


def test_a_report_without_its_opening_is_one_by_its_listeners_and_years():
    text = "2023年是开局之年。增长。\n各位代表!\n二、2024年工作安排\n推进。\n各位代表!让我们奋斗。\n"
    assert (said(text).kind, said(text).period) == ("work report", Period(2023, 2024))


def test_a_report_titled_with_the_year_ahead_speaks_of_the_year_behind_too():
    text = "清河市2024年政府工作报告\n各位代表:\n一、2023年工作回顾\n增长。\n二、2024年工作安排\n推进。\n"
    assert said(text).period == Period(2023, 2024)


def test_a_report_titled_with_the_year_it_reviews_keeps_to_it():
    text = "云溪街道2023年工作报告\n一、2023年工作回顾\n增长。\n二、2024年工作安排\n推进。\n"
    assert said(text).period == Period(2023, 2023)


def test_asking_for_comments_does_not_make_opinions():
    assert said("现将草案公布,请提出意见。\n一、要求\n推进工作。").kind != "opinions"


@pytest.mark.parametrize(
    ("name", "bare", "short"),
    [
        ("本溪市", "本溪", "本溪市"),
        ("大理白族自治州", "大理", "大理州"),
        ("本溪满族自治县", "本溪", "本溪县"),
        ("内蒙古自治区", "内蒙古", "内蒙古自治区"),
        ("西藏自治区", "西藏", "西藏自治区"),
        ("融水苗族自治县", "融水", "融水县"),
        ("滨海新区", "滨海", "滨海新区"),
        ("忠县", "忠县", "忠县"),
    ],
)
def test_a_name_has_a_bare_and_a_short_form(name, bare, short):
    assert (bare_name(name), short_form(name)) == (bare, short)


def test_a_longer_name_does_not_count_for_the_shorter_one_in_it():
    assert count_forms("本溪满族自治县与本溪市,本溪") == {"本溪满族自治县": 1, "本溪市": 1, "本溪": 1}


def test_the_longest_official_name_at_a_place_is_read():
    assert division_at("在本溪满族自治县", 1) == "本溪满族自治县"
    assert division_at("本溪", 0) is None


def test_a_name_of_several_divisions_has_a_chain_for_each():
    chains = parents_of("鼓楼区")
    assert len(chains) > 1
    assert all(len(chain) == 2 and all(is_division(above) for above in chain) for chain in chains)


def test_a_district_of_a_municipality_stands_right_below_it():
    assert parents_of("滨海新区") == (("天津市",),)
