"""What a person sees: the page served by ``plans serve``, driven in headless Chromium."""

import os
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
    assert page.locator("mark").all_text_contents() == [quote]


def test_the_way_back_leads_to_the_quote_that_was_opened(page, address):
    page.goto(address)
    _ask(page, QUESTION)
    page.get_by_role("button", name="查看原文").first.click()
    page.locator("mark").wait_for()
    page.get_by_role("button", name="返回").click()
    _wait_until_in_view(page, "#turn-0-quote-1 .plan-verbatim")
    assert page.locator(".plan-question").text_content() == QUESTION


def test_the_browsers_own_back_button_keeps_the_conversation(page, address):
    page.goto(address)
    _ask(page, QUESTION)
    page.get_by_role("button", name="查看原文").first.click()
    page.locator("mark").wait_for()
    page.go_back()
    page.locator(".plan-question").wait_for()
    assert page.locator(".plan-question").text_content() == QUESTION


def test_an_address_opened_fresh_shows_the_mark(page, address, store):
    words = "每千名老人拥有护理床位35张"
    page.goto(_source_address(address, store, "云溪街道/五年规划", words))
    _wait_until_in_view(page, "mark")
    assert page.locator("mark").all_text_contents() == [words]


def test_the_outline_leads_to_its_heading(page, address, store):
    page.goto(_source_address(address, store, "云溪街道/五年规划", "修缮老桥"))
    link = page.locator(".plan-outline a", has_text="一、总体目标")
    link.click()
    _wait_until_in_view(page, link.get_attribute("href"))


def test_a_hostile_document_runs_nothing_and_is_shown_as_it_is(page, address, store):
    words = "**粗** $x^2$ [点](javascript:window.hacked=3) :smile:"
    page.goto(_source_address(address, store, HOSTILE_ID, words))
    _wait_until_in_view(page, "mark")
    assert page.locator("mark").all_text_contents() == [words]
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
