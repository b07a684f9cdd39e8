"""The folded view: the same length as the text, so that places mean the same in both."""

from hypothesis import given

from tests.test_vectorstore.plan_texts import any_text, plan_like
from vectorstore.folding import fold, fold_width


@given(any_text | plan_like)
def test_folding_keeps_the_length_of_any_text(text):
    assert len(fold_width(text)) == len(fold(text)) == len(text)


@given(any_text | plan_like)
def test_folding_what_is_folded_changes_nothing(text):
    assert fold(fold(text)) == fold(text)


def test_full_width_digits_letters_and_marks_become_ascii():
    assert fold_width("２０２４年，ＧＰＳ（二期）；") == "2024年,GPS(二期);"


def test_chinese_stops_and_circled_numbers_stay_as_they_are():
    assert fold_width("①完成。……——") == "①完成。……——"


def test_odd_blanks_become_plain_blanks():
    assert fold_width("一\u3000二\u00a0三\u2003四\ufeff五") == "一 二 三 四 五"


def test_line_ends_are_not_blanks_to_fold():
    assert fold_width("一\r\n二\v三") == "一\r\n二\v三"


def test_only_fold_lowers_letters_of_both_widths():
    assert fold("GPS ＧＰＳ") == "gps gps"
    assert fold_width("GPS ＧＰＳ") == "GPS GPS"
