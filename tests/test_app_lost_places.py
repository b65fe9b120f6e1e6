"""What got lost on the page: behind a proxy, by two clicks, in a full or forbidden storage, for the keyboard."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from index import Document, Index
from qa.feedback import verdicts
from tests.fakes import BEES, TOWER
from tests.fixtures import address_of, library_of
from tests.page import ANSWERED, CONVERSATIONS, LEFT, put, titles, told

pytestmark = pytest.mark.slow
library = library_of(
    Document(TOWER, "Wizards", "wizards.txt"),
    Document(BEES, "Of bees", "bees.txt"),
    Document("Mars has two small moons.", "Mars", "mars.txt"),
)
address = address_of()
WORKER, QUEEN = "How long does a worker bee live?", "How long does a queen live?"
BAD_GATEWAY = "<html>\r\n<head><title>502 Bad Gateway</title></head><body><center>nginx</center></body></html>"
FAILED = f"Failed to load resource|{LEFT}"
FORBIDDEN = """for (const name of ["localStorage", "sessionStorage"])
    Object.defineProperty(window, name, { get() { throw new DOMException("denied", "SecurityError"); } });"""
FULL = """() => { let text = ""; for (let more = 1 << 22; more >= 1; more >>= 1)
    try { localStorage.setItem("others", text + "x".repeat(more)); text += "x".repeat(more); } catch { /* less */ } }"""
DROP = """async (items) => {
    const entry = ([path, words, inside]) => ({
        isFile: !inside, fullPath: path,
        file: (done, failed) => (words ? done(new File([words], path)) : failed(new Error("gone"))),
        createReader: () => {
            const batches = [inside?.map(entry), []];
            return { readEntries: (done, failed) => (words ? done(batches.shift()) : failed(new Error("closed"))) };
        },
    });
    const event = new Event("drop", { bubbles: true, cancelable: true });
    event.dataTransfer = { types: ["Files"], items: items.map((one) => ({ webkitGetAsEntry: () => entry(one) })) };
    document.dispatchEvent(event); }"""


def proxy_alone(page: Any) -> None:
    """Let a proxy answer whose server is down."""
    for path in ("**/library/**", "**/gradio_api/**"):
        page.route(path, lambda route: route.fulfill(status=502, content_type="text/html", body=BAD_GATEWAY))


def focused(page: Any, css: str) -> None:
    """Wait until the keyboard's place is there."""
    page.wait_for_function("css => document.activeElement.matches(css)", arg=css)


def press(page: Any, css: str) -> None:
    page.focus(css)
    page.keyboard.press("Enter")


def remove(page: Any, title: str) -> None:
    page.locator("#qw-library li", has_text=title).hover()
    page.get_by_role("button", name=f"Remove {title}").click()
    told(page, f"Removed {title}.")


# --- a proxy without its server ---


def test_a_question_waits_behind_a_proxy_until_its_server_is_back(visit: Callable[..., Any]) -> None:
    page = visit(expects=FAILED)
    put(page, WORKER)
    proxy_alone(page)
    page.focus("textarea")
    page.keyboard.insert_text(QUEEN)
    page.keyboard.press("Enter")
    page.wait_for_selector(".qw-gone", state="visible")
    assert "502" not in page.locator("#qw").inner_text() and page.locator(".qw-failure").count() == 0
    page.unroute_all()
    page.wait_for_selector(".qw-turn:nth-child(2) .qw-short")
    assert page.locator(".qw-gone").is_hidden()
    assert page.locator(".qw-question").all_inner_texts() == [WORKER, QUEEN]


def test_a_conversation_waits_behind_a_proxy_too(visit: Callable[..., Any]) -> None:
    page = visit(expects=FAILED)
    put(page, WORKER)
    proxy_alone(page)
    page.reload()
    page.wait_for_selector(".qw-gone", state="visible")
    page.unroute_all()
    page.wait_for_selector(ANSWERED.format(1))
    assert page.locator(".qw-gone").is_hidden()


def test_a_proxys_page_is_no_reason_why_a_document_did_not_change(visit: Callable[..., Any], tmp_path: Path) -> None:
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_text("Some text.")
    page = visit(expects=FAILED)
    proxy_alone(page)
    page.set_input_files(".qw-files", [tmp_path / name for name in ("a.txt", "b.txt")])
    assert "Bad Gateway" not in told(page, "The server does not answer any more")
    page.click(".qw-dismiss")
    page.get_by_role("button", name="Remove Wizards").click(force=True)
    assert "Bad Gateway" not in told(page, "The server does not answer any more")
    page.unroute_all()
    assert len(titles(page, 3)) == 3


# --- removing ---


def test_a_double_click_removes_one_document(visit: Callable[..., Any], library: Index) -> None:
    page = visit()
    row = page.locator("#qw-library li").first
    row.hover()
    box = row.locator(".qw-remove").bounding_box()
    at = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.click(*at)
    told(page, "Removed Wizards.")
    page.wait_for_function("document.querySelector('#qw-library .qw-title').textContent === 'Of bees'")
    page.mouse.click(*at)
    page.wait_for_timeout(700)
    assert titles(page, 2) == ["Of bees", "Mars"] and len(library.summaries()) == 2
    assert page.locator(".qw-undo").count() == 1


def test_two_clicks_before_the_answer_are_one(visit: Callable[..., Any], library: Index) -> None:
    page = visit()
    held: list[Any] = []
    page.route("**/library/remove", lambda route: held.append(route))
    page.locator("#qw-library li").first.hover()
    page.get_by_role("button", name="Remove Wizards").dblclick()
    page.wait_for_timeout(300)
    assert len(held) == 1
    held[0].continue_()
    told(page, "Removed Wizards.")
    page.locator(".qw-undo").dblclick()
    told(page, "Wizards is back.")
    page.wait_for_timeout(300)
    assert page.locator(".qw-told").inner_text() == "Wizards is back." and len(library.summaries()) == 3


def test_each_removal_has_an_undo_of_its_own(visit: Callable[..., Any]) -> None:
    page = visit(viewport={"width": 360, "height": 640}, expects=FAILED)
    page.click(".qw-library-toggle")
    remove(page, "Wizards")
    titles(page, 2)
    page.wait_for_timeout(600)
    remove(page, "Mars")
    assert titles(page, 1) == ["Of bees"]
    assert page.locator(".qw-removed p").all_inner_texts() == ["Removed Wizards.", "Removed Mars."]
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.route("**/library/restore", lambda route: route.abort())
    page.click(".qw-undo >> nth=0")
    assert "Removed Wizards." in told(page, "The server does not answer any more")
    page.unroute_all()
    page.wait_for_timeout(600)
    page.click(".qw-undo >> nth=0")
    assert "Removed Mars." in told(page, "Wizards is back.")
    page.wait_for_timeout(600)
    page.click(".qw-undo")
    told(page, "Mars is back.")
    assert len(titles(page, 3)) == 3 and page.locator(".qw-undo").count() == 0


def test_each_undo_ends_by_itself(visit: Callable[..., Any]) -> None:
    page = visit()
    page.evaluate(
        """() => { const late = window.setTimeout;
             window.setTimeout = (act, time, ...given) => late(act, time === 30_000 ? 2_500 : time, ...given); }"""
    )
    remove(page, "Wizards")
    page.wait_for_timeout(1_200)
    remove(page, "Mars")
    focused(page, ".qw-removed:last-child .qw-undo")
    page.wait_for_function("document.querySelectorAll('.qw-undo').length === 1")
    assert page.locator(".qw-told").inner_text().startswith("Removed Mars.")
    focused(page, ".qw-undo")
    page.wait_for_selector(".qw-undo", state="detached")
    focused(page, ".qw-add-files")


# --- dropping ---


def test_what_cannot_be_read_of_a_drop_is_named_and_the_rest_is_added(visit: Callable[..., Any]) -> None:
    page = visit()
    folder = [
        ["/papers/a.txt", "Venus has no moons."],
        ["/papers/b.txt", ""],
        ["/papers/.c.txt", ""],
        ["/papers/d.png", ""],
    ]
    page.evaluate(
        DROP, [["/bad.txt", ""], ["/papers", "open", folder], ["/closed", "", []], ["/good.txt", "It is good."]]
    )
    report = told(page, "2 documents added")
    assert "3 files could not be added" in report and "bad.txt cannot be read; is it still there?" in report
    assert page.locator(".qw-notes .qw-note").all_text_contents()[1:3] == ["papers/b.txt", "closed"]
    assert len(titles(page, 5)) == 5


def test_a_dropped_folder_without_anything_to_read_is_said_to_be_so(visit: Callable[..., Any]) -> None:
    page = visit()
    page.evaluate(DROP, [["/pictures", "open", [["/pictures/a.png", "x"]]]])
    told(page, "That folder holds no file that can be read.")


# --- storage ---


def test_in_a_full_storage_the_oldest_conversation_gives_way_and_it_is_said_once(visit: Callable[..., Any]) -> None:
    page = visit()
    put(page, WORKER)
    name = page.evaluate(CONVERSATIONS)
    page.evaluate(
        """name => { const all = JSON.parse(localStorage[name]); const [{ records: [one] }] = Object.values(all);
             for (let i = 0; i < 20; i++) all[`old${i}`] = { when: i + 1, records: Array(20).fill(one) };
             localStorage[name] = JSON.stringify(all); }""",
        name,
    )
    page.evaluate(FULL)
    kept = "name => Object.keys(JSON.parse(localStorage[name])).filter(id => id.startsWith('old'))"
    put(page, QUEEN, 2)
    assert page.evaluate(kept, name) == [f"old{i}" for i in range(19, 0, -1)]
    assert "oldest conversations give way" in page.locator(".qw-menu").inner_text()
    page.keyboard.press("Escape")
    page.evaluate(FULL)
    for number in range(3, 30):
        put(page, QUEEN, number)
        if len(page.evaluate(kept, name)) < 19:
            break
    assert len(page.evaluate(kept, name)) == 18 and not page.locator(".qw-menu").is_visible()


def test_a_page_without_a_storage_works_until_it_is_left(visit: Callable[..., Any], library: Index) -> None:
    page = visit(expects=".*")
    page.add_init_script(FORBIDDEN)
    page.reload()
    page.wait_for_selector(".qw-pick", state="attached")
    assert "about six weeks" in put(page, WORKER).inner_text()
    page.hover(".qw-turn")
    for pressed in ("true", "false", "true"):
        page.click(".qw-thumb[data-verdict=up]")
        page.wait_for_selector(f".qw-thumb[data-verdict=up][aria-pressed={pressed}]")
    assert len(verdicts(library)) == 1
    page.locator(".qw-pick").first.check(force=True)
    page.wait_for_selector(".qw-asking", state="visible")
    page.click("#qw-composer .qw-ask-all")
    page.click(".qw-new")
    page.wait_for_selector(".qw-welcome")
    put(page, QUEEN)
    page.click("[data-menu=earlier]")
    page.locator(".qw-choice", has_text=WORKER).click()
    page.wait_for_selector(f".qw-question >> text={WORKER}")
    assert page.locator(".qw-failure").count() == 0


def test_a_question_too_large_for_the_storage_does_not_block_the_next(visit: Callable[..., Any]) -> None:
    page = visit(expects=FAILED)
    page.evaluate("document.querySelector('textarea').value = 'word '.repeat(1_200_000)")
    press(page, "textarea")
    page.wait_for_selector(".qw-failure")
    page.wait_for_function("document.querySelector('.qw-send').innerText === 'Ask'")
    page.fill("textarea", "")
    assert "up to five years" in put(page, QUEEN, 2).inner_text()


# --- verdicts ---


def test_two_quick_presses_are_one_verdict_that_can_be_taken_back(visit: Callable[..., Any], library: Index) -> None:
    page = visit()
    put(page, WORKER)
    held: list[Any] = []
    page.route("**/library/feedback", lambda route: held.append(route))
    page.hover(".qw-turn")
    page.dblclick(".qw-thumb[data-verdict=up]")
    page.click(".qw-thumb[data-verdict=down]")
    page.wait_for_timeout(300)
    assert len(held) == 1
    held[0].continue_()
    page.wait_for_selector(".qw-thumb[data-verdict=up][aria-pressed=true]")
    page.unroute_all()
    assert len(verdicts(library)) == 1
    page.click(".qw-thumb[data-verdict=up]")
    page.wait_for_selector(".qw-thumb[data-verdict=up][aria-pressed=false]")
    assert verdicts(library) == []


def test_a_word_that_cannot_be_sent_stays_in_its_field(visit: Callable[..., Any], library: Index) -> None:
    page = visit(expects=FAILED)
    put(page, WORKER)
    page.hover(".qw-turn")
    page.click(".qw-thumb[data-verdict=down]")
    focused(page, ".qw-word-field")
    page.route("**/library/feedback", lambda route: route.abort())
    page.keyboard.insert_text("about 42 days")
    page.keyboard.press("Enter")
    page.wait_for_selector(".qw-verdict-told:not(:empty)")
    focused(page, ".qw-word-field")
    assert page.input_value(".qw-word-field") == "about 42 days"
    page.click(".qw-thumb[data-verdict=up]")
    page.wait_for_timeout(300)
    assert page.input_value(".qw-word-field") == "about 42 days"
    page.unroute_all()
    press(page, ".qw-word-field")
    page.wait_for_selector(".qw-said")
    assert [(one.up, one.word) for one in verdicts(library)] == [(False, "about 42 days")]
    focused(page, ".qw-thumb[data-verdict=down]")


# --- the keyboard's place ---


def test_the_keyboard_has_its_place_in_the_library(visit: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "venus.txt").write_text("Venus has no moons.")
    page = visit()
    press(page, "#qw-library li:nth-child(2) .qw-remove")
    focused(page, ".qw-undo")
    page.keyboard.press("Enter")
    told(page, "Of bees is back.")
    page.wait_for_function(
        "document.activeElement.matches('li .qw-open') && document.activeElement.innerText.includes('Of bees')"
    )
    page.set_input_files(".qw-files", tmp_path / "venus.txt")
    told(page, "1 document added")
    press(page, ".qw-dismiss")
    focused(page, ".qw-add-files")


@pytest.mark.parametrize(("width", "place"), [(1280, "textarea"), (600, ".qw-send")])
def test_the_keyboard_has_its_place_in_the_conversation(visit: Callable[..., Any], width: int, place: str) -> None:
    page = visit(expects=LEFT, viewport={"width": width, "height": 800})
    put(page, WORKER)
    page.evaluate(
        """name => { const all = JSON.parse(localStorage[name]); const [talk] = Object.values(all);
             talk.records = Array(103).fill(talk.records[0]); localStorage[name] = JSON.stringify(all); }""",
        page.evaluate(CONVERSATIONS),
    )
    page.click(".qw-new")
    page.wait_for_selector(".qw-welcome")
    put(page, QUEEN)
    press(page, "[data-menu=earlier]")
    focused(page, ".qw-choice")
    page.keyboard.press("Enter")
    page.wait_for_selector(".qw-older")
    focused(page, place)
    press(page, ".qw-older")
    page.wait_for_selector(".qw-older", state="detached")
    focused(page, place)
    press(page, "[data-menu=export]")
    focused(page, ".qw-choice")
    with page.expect_download():
        page.keyboard.press("Enter")
    focused(page, "[data-menu=export]")
