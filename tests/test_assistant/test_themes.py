"""What documents are about is learnt from their own outlines, and measured in their own characters."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.themes import find_themes
from tests.conftest import PLANS, FakeEncoder
from vectorstore.datatypes import Document
from vectorstore.documents import read_document
from vectorstore.folding import fold

SEEDS = Path(__file__).resolve().parents[2] / "seeds"
CARE = "新建社区食堂两家，为独居老人上门助浴助餐，培训护理员，开办家属学堂，建好老人活动室。" * 3
TRADE = "为企业办理执照减少材料，设立首席服务专员，上门讲解税收政策，帮助企业用工和融资。" * 3
GREEN = "种植乔木和灌木，修建步道和座椅，整治河道两岸，清运建筑垃圾，巡查扬尘工地。" * 3


def plan(place: str, *sections: tuple[str, str]) -> Document:
    numbers = "一二三四五六七八九"
    body = "\n".join(f"{numbers[n]}、{heading}\n{text}" for n, (heading, text) in enumerate(sections))
    return read_document(f"{place}.txt", f"{place}2024年工作要点\n{body}\n")


def two_plans() -> list[Document]:
    cloud = plan("云溪街道", ("指导思想", CARE), ("提升养老服务", CARE), ("优化营商环境", TRADE))
    stone = plan("青石镇", ("优化营商环境", TRADE + TRADE), ("发展养老服务", CARE), ("保障措施", TRADE))
    return [cloud, stone]


def seeds() -> list[Document]:
    return [read_document(path.name, path.read_text(encoding="utf-8")) for path in sorted(SEEDS.glob("*.txt"))]


def by_label(documents, **options):
    return {theme.label: theme for theme in find_themes(documents, None, **options)}


def test_what_several_documents_head_alike_is_a_theme():
    assert set(by_label(two_plans())) == {"养老服务", "营商环境"}


def test_a_theme_is_measured_in_the_characters_of_its_sections():
    documents = two_plans()
    theme = by_label(documents)["营商环境"]
    sections = [s for d in documents for s in d.sections if "营商" in s.heading.of(d.text)]
    assert theme.characters == tuple(len(section.span) for section in sections)
    assert theme.shares == tuple(len(s.span) / len(d.text) for s, d in zip(sections, documents, strict=True))


def test_the_headings_of_a_theme_are_those_of_each_document_as_written():
    assert by_label(two_plans())["养老服务"].headings == (("二、提升养老服务",), ("二、发展养老服务",))


def test_a_document_that_is_silent_on_a_theme_gives_it_nothing():
    documents = [*two_plans(), plan("松岭区", ("建设口袋公园", GREEN), ("整治河道", GREEN))]
    theme = by_label(documents)["养老服务"]
    assert (theme.shares[2], theme.characters[2], theme.headings[2]) == (0.0, 0, ())


def test_the_frame_of_a_plan_is_no_theme():
    headings = [h for theme in find_themes(two_plans(), None) for own in theme.headings for h in own]
    assert not [heading for heading in headings if "指导思想" in heading or "保障措施" in heading]


def test_what_stands_below_a_list_of_tasks_is_divided():
    tasks = f"(一)提升养老服务\n{CARE}\n(二)优化营商环境\n{TRADE}"
    documents = [plan("云溪街道", ("重点任务", tasks)), plan("青石镇", ("主要任务", tasks))]
    assert set(by_label(documents)) == {"养老服务", "营商环境"}


def test_the_theme_with_the_most_text_comes_first():
    totals = [sum(theme.shares) for theme in find_themes(seeds(), None)]
    assert totals == sorted(totals, reverse=True)


@pytest.mark.parametrize("count", [0, 1, 5])
def test_no_more_themes_are_found_than_asked_for(count):
    assert len(find_themes(seeds(), None, count=count)) == count


def test_labels_are_distinct_and_stand_in_the_headings_of_their_documents():
    documents = seeds()
    themes = find_themes(documents, None)
    headings = fold("\n".join(s.heading.of(d.text) for d in documents for s in d.sections))
    labels = [theme.label for theme in themes]
    assert len(labels) == len(set(labels)) == 12
    assert all(label in headings for label in labels)


def test_a_label_says_what_it_is_about_rather_than_how_much_is_done():
    labels = " ".join(theme.label for theme in find_themes(seeds(), None))
    assert not [word for word in ("着力", "持续", "全面", "工作", "街道", "一、", "(一)") if word in labels]


def test_no_section_is_counted_twice():
    documents = seeds()
    themes = find_themes(documents, None)
    assert all(sum(theme.shares[n] for theme in themes) <= 1 for n in range(len(documents)))


def test_the_name_of_a_district_is_no_theme():
    documents = [plan(f"云溪{rank}", ("建设云溪公园", GREEN), ("云溪公园", GREEN)) for rank in ("街道", "镇")]
    assert not [label for label in by_label(documents) if "云溪" in label]


@pytest.mark.parametrize(
    "documents", [[], [read_document("空.txt", "")], [read_document("段.txt", "没有标题的一段话。")]]
)
def test_without_headings_there_are_no_themes(documents):
    assert find_themes(documents, None) == ()


def test_sentence_vectors_are_asked_for_by_document_and_sentence():
    documents, encoder, asked = two_plans(), FakeEncoder(), []
    by_id = {document.id: document for document in documents}

    def vectors(places):
        asked.extend(places)
        spans = [(by_id[id_].text, by_id[id_].sentences[number].span) for id_, number in places]
        return encoder.encode_passages([span.of(text) for text, span in spans])

    themes = find_themes(documents, vectors)
    assert asked
    assert {theme.label for theme in themes} == {"养老服务", "营商环境"}


def test_a_section_without_the_word_belongs_to_the_theme_of_its_meaning():
    documents = [*two_plans(), plan("清河街道", ("让晚年更幸福", "帮扶高龄长者。" * 30), ("扮靓家园", GREEN))]
    by_id = {document.id: document for document in documents}

    def vectors(places):
        texts = [by_id[id_].sentences[number].span.of(by_id[id_].text) for id_, number in places]
        kinds = [
            0 if "老" in t or "长者" in t or "晚年" in t else 1 if "企业" in t or "营商" in t else 2 for t in texts
        ]
        return np.eye(3, dtype=np.float32)[kinds]

    theme = next(theme for theme in find_themes(documents, vectors) if theme.label == "养老服务")
    assert theme.headings[2] == ("一、让晚年更幸福",)


def test_the_same_documents_give_the_same_themes():
    assert find_themes(seeds(), None) == find_themes(seeds(), None)


@pytest.mark.slow
@given(st.lists(st.sampled_from([*PLANS.values(), "", "一、\n二、\n", "# 目标\n"]), max_size=4))
def test_whatever_the_documents_each_theme_has_a_share_of_each(texts):
    documents = [read_document(f"{n}.txt", text) for n, text in enumerate(texts)]
    for theme in find_themes(documents, None):
        assert len(theme.shares) == len(theme.characters) == len(theme.headings) == len(documents)
        assert all(0 <= share <= 1 for share in theme.shares)
        assert any(theme.characters)
        assert all(len(headings) <= 5 for headings in theme.headings)
