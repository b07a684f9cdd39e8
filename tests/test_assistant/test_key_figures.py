"""The key figures of a document: what is measured stands beside the number, and both stand in the quote."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.key_figures import asked_about, find_key_figures
from tests.conftest import STONE_REPORT
from vectorstore.documents import read_document
from vectorstore.folding import fold_width

SEEDS = Path(__file__).resolve().parents[2] / "seeds"


def figures(*sentences: str, name: str = "青石镇2023年工作报告"):
    text = f"{name}\n\n一、工作\n\n{''.join(sentences)}\n"
    return find_key_figures([read_document(f"{name}.txt", text)])


def said(*sentences: str):
    return [(figure.measure, figure.value, figure.unit) for figure in figures(*sentences)]


@pytest.mark.parametrize(
    ("sentence", "measure", "value", "unit"),
    [
        ("全镇茶叶产值达到3.2亿元，同比增长8%。", "茶叶产值", 3.2e8, "元"),
        ("接待游客15万人次。", "接待游客", 150_000, "人次"),
        ("完成60户适老化改造。", "适老化改造", 60, "户"),
        ("为小区安装充电桩，新增停车泊位200个。", "停车泊位", 200, "个"),
        ("全年税收同比增长8.5%。", "税收同比增长", 8.5, "%"),
        ("新建25家村级养老服务站。", "村级养老服务站", 25, "家"),
        ("每千名老人床位数为8.3张。", "每千名老人床位数", 8.3, "张"),
        ("人均公园绿地面积达到13.5平方米。", "人均公园绿地面积", 13.5, "平方米"),
        ("居民签约率达３３％。", "居民签约率", 33, "%"),
        ("森林覆盖率稳定在61%以上。", "森林覆盖率", 61, "%"),
        ("志愿者人数占常住人口比率达20%。", "志愿者人数占常住人口比率", 20, "%"),
        ("“两新”党员48人。", "“两新”党员", 48, "人"),
        ("新建5G基站1500座。", "5G基站", 1500, "座"),
    ],
)
def test_a_number_is_given_with_what_it_measures(sentence, measure, value, unit):
    assert said(sentence) == [(measure, pytest.approx(value), unit)]


@pytest.mark.parametrize(
    "sentence",
    [
        "到2025年底完成，2024年2月18日印发。",
        "落实〔2020〕12号文件。",
        "咨询电话021-12345678。",
        "推进“三个一批”行动。",
        "参加第3届大会。",
        "打造“500米便民服务圈”。",
        "新建2-3条道路。",
        "惠及34万人次。",
        "累计达到300个以上。",
        "其中18家为新设企业。",
        "妥善安置34名受灾群众和旅客。",
        "分别突破20万亿元、12万亿元。",
        "年满60岁的居民。",
        "增幅高于目标任务2个百分点。",
        "企业15家。",
        "占全镇项目总数68%。",
    ],
)
def test_a_number_that_does_not_say_what_it_measures_is_no_key_figure(sentence):
    assert said(sentence) == []


def test_the_quote_is_the_whole_sentence():
    (figure,) = figures("新增停车泊位200个。", "推进污水管网改造。")
    assert figure.quote.text == "新增停车泊位200个。"
    assert figure.written == "200个"


def test_the_same_measure_and_value_is_given_once():
    assert said("新增停车泊位200个。", "年内新增停车泊位200个。") == [("停车泊位", 200, "个")]


def test_the_same_measure_with_another_value_is_another_figure():
    assert [value for _, value, _ in said("新增停车泊位200个。", "改造停车泊位300个。")] == [200, 300]


def test_money_comes_before_things_counted():
    assert [figure.unit for figure in figures("新增停车泊位200个。", "茶叶产值达到3.2亿元。")] == ["元", "个"]


def test_documents_keep_their_order():
    reports = [read_document(f"{n}.txt", text) for n, text in enumerate(["口袋公园4个。", STONE_REPORT])]
    assert [figure.quote.document for figure in find_key_figures(reports)] == ["0", "1", "1", "1"]


@pytest.mark.parametrize("limit", [0, 1, 2])
def test_no_more_figures_of_a_document_are_given_than_asked_for(limit):
    documents = [read_document(f"{n}.txt", STONE_REPORT) for n in range(2)]
    found = find_key_figures(documents, limit_per_document=limit)
    assert [figure.quote.document for figure in found] == ["0"] * limit + ["1"] * limit


def test_a_figure_is_asked_for_by_its_short_district_and_its_measure():
    (figure, *_) = find_key_figures([read_document("报告.txt", STONE_REPORT)])
    assert asked_about(figure) == ("青石", "茶叶产值")


def test_a_figure_of_a_document_without_a_district_is_asked_for_by_its_title():
    (figure,) = find_key_figures([read_document("公园.txt", "新增停车泊位200个。")])
    assert asked_about(figure) == (figure.quote.title, "停车泊位")


def test_titles_and_closing_lines_hold_no_figures():
    text = "青石镇新增停车泊位200个工作报告\n\n推进工作。\n\n青石镇人民政府\n2024年3月6日\n"
    assert find_key_figures([read_document("报告.txt", text)]) == ()


def test_measures_of_the_bundled_plans_are_words_of_their_quotes():
    documents = [read_document(path.name, path.read_text(encoding="utf-8")) for path in sorted(SEEDS.glob("*.txt"))]
    found = find_key_figures(documents)
    assert len(found) > 50
    assert all(figure.measure in figure.quote.text and figure.written in figure.quote.text for figure in found)
    assert not [f.measure for f in found if f.measure.startswith(("达到", "其中", "累计", "新增", "的", "个"))]


@given(
    st.text(alphabet="新增停车泊位茶叶产值达到约的占每千人均和“”（）、，。0123456789.,%亿万元个户 \nA5", max_size=60)
)
def test_whatever_is_written_a_figure_stands_in_its_quote(text):
    document = read_document("任意.txt", text)
    for figure in find_key_figures([document]):
        assert figure.quote.span.of(document.text) == figure.quote.text
        assert figure.measure in figure.quote.text
        assert figure.written in figure.quote.text
        assert fold_width(figure.written)[0].isdigit()
