"""What a person sees: the page served by ``plans serve``, driven in headless Chromium."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.conftest import PLANS, write_plans
from vectorstore.store import VectorStore, build_store

playwright_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
CHROMIUM = shutil.which("chromium")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium on the path (apt-get install chromium)"),
]

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
HOSTILE = (
    "石桥镇2024年工作要点\n\n一、优化环境<script>window.hacked=1</script>\n\n"
    '<img src="x" onerror="window.hacked=2"> **粗** $x^2$ [点](javascript:window.hacked=3) :smile:\n\n'
    "新建</article></div><iframe srcdoc='<script>parent.hacked=4</script>'></iframe>公园3座。"
)
HOSTILE_ID = "石桥镇"
QUESTION = "云溪街道新增停车泊位多少个?"
MILLISECONDS = 45_000


@pytest.fixture(scope="module")
def store(tmp_path_factory) -> VectorStore:
    from vectorstore.embeddings import load_encoder, model_identity

    folder = tmp_path_factory.mktemp("browser")
    plans = write_plans(folder / "plans", {**PLANS, f"{HOSTILE_ID}.txt": HOSTILE})
    built, errors = build_store(folder / "store", [plans], model=model_identity(), encoder=load_encoder)
    assert errors == ()
    return built


@pytest.fixture(scope="module")
def address(store: VectorStore) -> Iterator[str]:
    """Yield the address of a running page over the store."""
    port = _free_port()
    command = [sys.executable, "-m", "assistant.cli", "serve", "--no-browser", "--port", str(port)]
    kept = str(store.folder.parent.parent / "conversations.sqlite3")
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "PASSIVE", "PLANS_HISTORY": kept}
    process = subprocess.Popen([*command, "--store", str(store.folder.parent)], env=environment, cwd=Path.cwd())
    try:
        _wait_for(f"http://127.0.0.1:{port}/_stcore/health", process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=30)


@pytest.fixture(scope="module")
def chromium() -> Iterator["playwright_api.Browser"]:
    with playwright_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def page(chromium) -> Iterator["playwright_api.Page"]:
    """Yield a window; afterwards nothing may have gone wrong in it, nor been asked of another machine."""
    context = chromium.new_context(viewport={"width": 1280, "height": 800})
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    opened = context.new_page()
    opened.set_default_timeout(MILLISECONDS)
    playwright_api.expect.set_options(timeout=MILLISECONDS)
    trouble: list[str] = []
    opened.on("pageerror", lambda error: trouble.append(str(error)))
    opened.on("console", lambda message: trouble.append(message.text) if message.type == "error" else None)
    opened.on("request", lambda request: trouble.append(request.url) if _is_foreign(request.url) else None)
    yield opened
    context.close()
    assert trouble == []


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(url: str, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert process.poll() is None, "the server ended"
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.2)
    raise AssertionError("the server does not answer")


def _is_foreign(url: str) -> bool:
    return not url.startswith(("http://127.0.0.1", "ws://127.0.0.1", "data:", "blob:"))


def _ask(page, text: str) -> None:
    box = page.get_by_test_id("stChatInputTextArea")
    box.fill(text)
    box.press("Enter")
    page.locator(".plan-understood").last.wait_for()


def _wait_until_in_view(page, selector: str) -> None:
    page.wait_for_function(
        """selector => {
             const box = document.querySelector(selector)?.getBoundingClientRect();
             return box && box.height > 0 && box.top >= 0 && box.bottom <= window.innerHeight;
           }""",
        arg=selector,
    )


def _source_address(address: str, store: VectorStore, document: str, words: str) -> str:
    start = store.document(document).text.index(words)
    return f"{address}/?{urlencode({'doc': document, 'at': f'{start}-{start + len(words)}'})}"


def test_the_first_visit_shows_one_input_and_a_card_for_each_document(page, address, store):
    page.goto(address)
    playwright_api.expect(page.locator(".plan-card")).to_have_count(len(store.documents))
    playwright_api.expect(page.get_by_test_id("stChatInputTextArea")).to_have_count(1)
    _wait_until_in_view(page, ".plan-hero")


def test_a_question_gets_a_numbered_quote_and_its_place_marked_one_click_away(page, address, store):
    page.goto(address)
    _ask(page, QUESTION)
    quote = page.locator(".plan-verbatim").first.text_content()
    assert page.locator(".plan-number").first.text_content() == "1"
    assert "200个" in quote
    assert any(quote in document.text for document in store.documents)
    page.get_by_role("button", name="查看原文").first.click()
    _wait_until_in_view(page, "mark")
    assert page.locator(".plan-text mark").all_text_contents() == [quote]
    top = page.evaluate("document.querySelector('.st-key-source-top').getBoundingClientRect().top")
    assert top >= page.evaluate("document.querySelector('[data-testid=stHeader]').getBoundingClientRect().bottom") - 1


def test_the_way_back_leads_to_the_quote_that_was_opened(page, address):
    page.goto(address)
    _ask(page, QUESTION)
    page.get_by_role("button", name="查看原文").first.click()
    page.locator(".plan-text mark").wait_for()
    page.get_by_role("button", name="返回").click()
    _wait_until_in_view(page, "#turn-0-quote-1 .plan-verbatim")
    assert page.locator(".plan-question").text_content() == QUESTION


def test_the_browsers_own_back_button_keeps_the_conversation(page, address):
    page.goto(address)
    _ask(page, QUESTION)
    page.get_by_role("button", name="查看原文").first.click()
    page.locator(".plan-text mark").wait_for()
    page.go_back()
    page.locator(".plan-question").wait_for()
    assert page.locator(".plan-question").text_content() == QUESTION


def test_an_address_opened_fresh_shows_the_mark(page, address, store):
    words = "每千名老人拥有护理床位35张"
    page.goto(_source_address(address, store, "云溪街道/五年规划", words))
    _wait_until_in_view(page, ".plan-text mark")
    assert page.locator(".plan-text mark").all_text_contents() == [words]


def test_the_outline_leads_to_its_heading(page, address, store):
    page.goto(_source_address(address, store, "云溪街道/五年规划", "修缮老桥"))
    link = page.locator(".plan-outline a", has_text="一、总体目标")
    link.click()
    _wait_until_in_view(page, link.get_attribute("href"))


def test_a_hostile_document_runs_nothing_and_is_shown_as_it_is(page, address, store):
    words = "**粗** $x^2$ [点](javascript:window.hacked=3) :smile:"
    page.goto(_source_address(address, store, HOSTILE_ID, words))
    _wait_until_in_view(page, ".plan-text mark")
    assert page.locator(".plan-text mark").all_text_contents() == [words]
    document = store.document(HOSTILE_ID)
    shown = page.locator(".plan-paragraph").all_text_contents()
    assert shown == [span.of(document.text) for span in document.paragraphs]
    assert page.locator(".plan-text :is(script, img, iframe, a)").count() == 0
    assert page.evaluate("window.hacked") is None


def test_a_narrow_window_scrolls_in_one_direction_only(page, address):
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(address)
    _ask(page, "养老服务云溪街道和青石镇各有什么举措?")
    page.locator(".plan-verbatim").first.wait_for()
    assert page.evaluate("document.querySelector('.stMain').scrollWidth <= window.innerWidth")


def test_a_quote_is_copied_with_where_it_stands(page, address):
    page.goto(address)
    _ask(page, QUESTION)
    quote = page.locator(".plan-verbatim").first.text_content()
    button = page.locator(".plan-copy").first
    button.click()
    playwright_api.expect(button).to_have_text("已复制")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith(f"“{quote}” —— ")
    playwright_api.expect(button).to_have_text("复制引文")


def test_the_text_around_a_quote_opens_by_the_keyboard(page, address):
    page.goto(address)
    _ask(page, QUESTION)
    page.locator(".plan-around summary").first.focus()
    page.keyboard.press("Enter")
    around = page.locator(".plan-around p").first
    playwright_api.expect(around).to_be_visible()
    assert page.locator(".plan-verbatim").first.text_content() in around.text_content()


def test_a_scope_is_chosen_kept_in_the_address_and_outlives_the_source(page, address):
    page.goto(f"{address}/?{urlencode({'district': '青石镇'})}")
    _ask(page, "新建多少亩茶园?")
    assert "青石镇" in page.locator(".plan-understood").last.text_content()
    page.get_by_role("button", name="查看原文").first.click()
    page.locator(".plan-text mark").wait_for()
    page.get_by_role("button", name="返回").click()
    page.get_by_role("button", name="范围：青石镇").wait_for()
    page.wait_for_function("location.search.includes('district=')")


def test_a_label_taken_away_asks_again(page, address):
    page.goto(address)
    _ask(page, QUESTION)
    page.get_by_role("button", name="云溪街道").last.click()
    playwright_api.expect(page.locator(".plan-question")).to_have_count(2)


def test_words_are_found_and_stepped_through(page, address):
    page.goto(f"{address}/?{urlencode({'doc': '云溪街道/2024年工作要点'})}")
    box = page.get_by_placeholder("在这份文件中查找")
    box.fill("社区")
    box.press("Enter")
    page.get_by_text("1 / ").wait_for()
    _wait_until_in_view(page, "#quoted")
    page.get_by_role("button", name="下一处").click()
    page.get_by_text("2 / ").wait_for()
    _wait_until_in_view(page, "#quoted")


def test_the_pages_are_reached_from_the_top(page, address, store):
    page.goto(address)
    page.get_by_role("link", name="概览").click()
    page.get_by_text("关键数字", exact=True).wait_for()
    page.get_by_role("link", name="文件", exact=True).click()
    page.get_by_text(f"{len(store.documents)} 份文件").wait_for()
    page.get_by_role("link", name="提问").click()
    playwright_api.expect(page.locator(".plan-card")).to_have_count(len(store.documents))


def test_a_document_that_is_uploaded_answers_at_once(page, address):
    page.goto(address)
    page.get_by_role("link", name="文件", exact=True).click()
    text = "清河街道2024年工作要点\n\n一、交通出行\n\n修缮石拱桥2座。新建自行车道7公里。\n"
    page.locator("input[type=file]").set_input_files(
        {"name": "清河街道.txt", "mimeType": "text/plain", "buffer": text.encode()}
    )
    page.get_by_text("清河街道.txt").first.wait_for()
    page.get_by_role("button", name="添加", exact=True).click()
    page.get_by_text("清河街道.txt：已添加").wait_for()
    page.get_by_role("link", name="提问").click()
    _ask(page, "清河街道新建自行车道多少公里?")
    assert "7公里" in page.locator(".plan-verbatim").first.text_content()


def test_english_is_chosen_at_the_side_and_read_out_as_english(page, address):
    page.goto(address)
    page.get_by_role("radio", name="English").click()
    page.get_by_text("Ask in everyday Chinese").wait_for()
    assert page.evaluate("document.documentElement.lang") == "en"
    page.reload()
    page.get_by_text("Ask in everyday Chinese").wait_for()


def test_a_question_is_typed_asked_and_opened_by_the_keyboard_alone(page, address):
    page.goto(address)
    box = page.get_by_test_id("stChatInputTextArea")
    box.focus()
    page.keyboard.type(QUESTION)
    page.keyboard.press("Enter")
    page.locator(".plan-understood").last.wait_for()
    opener = page.get_by_role("button", name="查看原文").first
    opener.focus()
    page.keyboard.press("Enter")
    _wait_until_in_view(page, ".plan-text mark")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_stand_out_from_their_ground(chromium, address, scheme):
    context = chromium.new_context(viewport={"width": 1280, "height": 800}, color_scheme=scheme)
    opened = context.new_page()
    opened.goto(address)
    opened.locator(".plan-hero h1").wait_for()
    colours = opened.evaluate(
        """() => [getComputedStyle(document.querySelector('.plan-hero h1')).color,
                  getComputedStyle(document.querySelector('.stApp')).backgroundColor]"""
    )
    context.close()
    words, ground = (_luminance(colour) for colour in colours)
    assert (max(words, ground) + 0.05) / (min(words, ground) + 0.05) >= 7


def _luminance(colour: str) -> float:
    """Return the relative luminance of an rgb() colour (WCAG 2.2)."""
    shares = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
    linear = [share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
