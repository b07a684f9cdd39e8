from assistant.abbreviations import expand

REPORT = "地区生产总值增长5%。社会消费品零售总额增长6%。"


def test_a_measure_is_asked_for_as_plans_write_it():
    assert expand("gdp和社零的目标", REPORT) == "地区生产总值和社会消费品零售总额的目标"


def test_what_no_document_writes_out_stays_as_it_was_typed():
    assert expand("CPI涨幅", REPORT) == "CPI涨幅"


def test_a_full_form_that_is_said_already_is_not_said_twice():
    assert expand("GDP(地区生产总值)目标", REPORT) == "GDP(地区生产总值)目标"
