"""The source in a real browser: opened at each citation, walked, searched, copied and read on; long documents too."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import pytest

import app
import qa
from index import Document, Hit, Index
from qa import Answer, Citation
from qa.answer import answering
from qa.find import find
from qa.render_source import SURROUNDINGS
from tests.chat import serving
from tests.fakes import NASTY, HashEmbedder
from tests.fixtures import address_of, library_of
from tests.page import is_in_view, put, worst_contrast

pytestmark = pytest.mark.slow

BEES = (
    "# Bees\n\n## Workers\n\n🐝🐝 Nobody counts them. A worker bee lives for about six weeks in summer. The CAFÉ by "
    "the hive, the café, is closed.\n\n## Queens\n\nThe queen lives for up to five years. The Straße past her hive is "
    "a STRASSE.\n"
)
WASPS = Document("Wasps are no bees.\fA wasp lives for two weeks or three. ", "Wasps", "notes/wasps.pdf", pages=(0, 19))
WIZARD = f"The wizard Zantar lives for nine hundred years.\r\nAlone.\r{NASTY}"
KNOWN = [
    "A worker bee lives for {about six weeks} in summer.",
    "The queen lives for {up to five years}.",
    "A wasp lives for {two weeks or three}.",
    "The wizard Zantar lives for {nine hundred years}.",
]
QUESTION = "How long do they live?"
SHOWN = "#qw-source .qw-words"
MARK = "#qw-source mark"


class ManyReader:
    """A reader that gives each sentence that it knows as an answer, and none to a question that begins with Who."""

    def read(self, question: str, hits: Sequence[Hit]) -> Answer:
        answers = []
        for known in KNOWN if not question.startswith("Who") else ():
            before, short, after = re.split("[{}]", known)
            for hit in hits:
                start = hit.passage.text.find(before + short + after) + hit.passage.start
                if start >= hit.passage.start:
                    quote = Citation(hit.passage, start, start + len(before + short + after))
                    span = Citation(hit.passage, start + len(before), start + len(before + short))
                    answers.append(Answer(question, 0.8, (quote,), span))
                    break
        if not answers:
            return Answer(question)
        first, *others = answers
        return Answer(question, 0.8, first.citations, first.span, others=tuple(others))


library = library_of(Document(BEES, "Bees", "notes/bees.md"), WASPS, Document(WIZARD, NASTY, "w.txt"), scope="module")
address = address_of("module")


@pytest.fixture(scope="module", autouse=True)
def _knowing() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(app, "ask", partial(qa.ask, reader=ManyReader()))
        patch.setattr(app, "answering", partial(answering, reader=ManyReader()))
        yield


def asked(page: Any, question: str = QUESTION) -> Any:
    """Ask, unfold what is folded, and give the turn."""
    turn = put(page, question)
    page.click("#qw-conversation summary")
    return turn


def wait_for(page: Any, selector: str, text: str) -> None:
    """Wait until an element says something."""
    page.wait_for_function(
        "([where, text]) => document.querySelector(where)?.textContent === text", arg=[selector, text]
    )


def count(page: Any) -> int:
    return int(page.locator("#qw-source .qw-piece").count())


def stands_at(page: Any, match: str) -> None:
    """Wait until the match that the reader stands at is drawn, a frame after it is counted."""
    page.wait_for_function("text => [...(CSS.highlights.get('qw-found-here') ?? [])].join() === text", arg=match)


def marked_places(page: Any, name: str = "qw-found") -> list[str]:
    """The words that the search marks."""
    return list(page.evaluate("name => [...(CSS.highlights.get(name) ?? [])].map(String)", name))


def sought(page: Any, query: str, says: str) -> None:
    """Type into the search and wait until it says what it found."""
    page.fill(".qw-sought", query)
    wait_for(page, ".qw-count", says)


def test_each_citation_opens_at_its_quote_in_its_passage(visit: Callable[..., Any], library: Index) -> None:
    page = visit()
    turn = asked(page)
    quotes = [quote.text_content() for quote in turn.query_selector_all("blockquote")]
    buttons = turn.query_selector_all(".qw-open")
    assert quotes == [re.sub("[{}]", "", known) for known in KNOWN] and len(buttons) == 4
    heads = [("Bees", "bees.md", "Workers"), ("Bees", "bees.md", "Queens"), ("Wasps", "wasps.pdf · page 2", "")]
    for number, (button, quote) in enumerate(zip(buttons, quotes, strict=True), 1):
        button.click()
        wait_for(page, MARK, quote)
        wait_for(page, ".qw-step", f"{number} of 4")
        passage = next(text for hit in qa.retrieve(QUESTION, 5, library) if quote in (text := hit.passage.text))
        assert page.locator("#qw-source .qw-framed").text_content() == passage
        assert page.locator(MARK).count() == 1 and is_in_view(page, MARK, "#qw-source .qw-text")
        if number <= len(heads):
            shown = [page.locator(f"#qw-source .qw-{part}").all_text_contents() for part in ("where", "heading")]
            assert shown == [[heads[number - 1][1]], [head for head in heads[number - 1][2:] if head]]
    text = page.locator(SHOWN).text_content()
    assert text == WIZARD
    page.wait_for_timeout(200)
    assert page.locator("#qw-source img, #qw-source script, #qw-source a").count() == 0


def test_citations_are_walked_with_buttons_and_keys(visit: Callable[..., Any]) -> None:
    page = visit()
    turn = asked(page)
    turn.query_selector("figure .qw-open").click()
    wait_for(page, ".qw-step", "1 of 4")
    page.click(".qw-next")
    wait_for(page, ".qw-step", "2 of 4")
    assert page.evaluate("document.activeElement.className") == "qw-next"
    page.keyboard.press("Enter")
    wait_for(page, ".qw-step", "3 of 4")
    assert "Wasps" in page.locator("#qw-source header").inner_text()
    page.keyboard.press("n")
    wait_for(page, ".qw-step", "4 of 4")
    page.keyboard.press("n")
    wait_for(page, ".qw-step", "1 of 4")
    page.keyboard.press("p")
    wait_for(page, ".qw-step", "4 of 4")
    page.evaluate("document.getElementById('qw-target').removeAttribute('id')")  # as if it was dropped, far from here
    page.keyboard.press("p")
    wait_for(page, MARK, "A wasp lives for two weeks or three.")
    page.keyboard.press("Escape")
    page.wait_for_selector("#qw-source", state="hidden")
    assert (
        page.evaluate("document.activeElement.closest('li').querySelector('.qw-other').innerText")
        == "two weeks or three"
    )
    page.click("#qw-library .qw-open")
    page.wait_for_function("document.querySelector('#qw-source .qw-source').dataset.kind === 'document'")
    assert not page.locator(".qw-steps").is_visible() and page.locator(".qw-copy").count() == 0


def test_where_what_was_walked_to_is_folded_focus_goes_to_its_fold(visit: Callable[..., Any]) -> None:
    page = visit()
    put(page, QUESTION).query_selector("figure .qw-open").click()
    wait_for(page, ".qw-step", "1 of 4")
    for number in range(2, 5):
        page.keyboard.press("n")
        wait_for(page, ".qw-step", f"{number} of 4")
    page.keyboard.press("Escape")
    page.wait_for_selector("#qw-source", state="hidden")
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"


def test_the_nearest_passages_are_framed_and_walked(visit: Callable[..., Any]) -> None:
    page = visit()
    turn = asked(page, "Who knows?")
    passages = [passage.text_content() for passage in turn.query_selector_all(".qw-passage-text")]
    turn.query_selector("details .qw-open").click()
    for number, passage in enumerate(passages, 1):
        wait_for(page, "#qw-source .qw-framed", passage)
        wait_for(page, ".qw-step", f"{number} of {len(passages)}")
        assert page.locator(MARK).count() == 0
        page.keyboard.press("n")


@pytest.mark.parametrize("allowed", [True, False])
def test_a_quote_is_copied_with_its_citation(visit: Callable[..., Any], allowed: bool) -> None:
    page = visit(permissions=["clipboard-read", "clipboard-write"])
    asked(page).query_selector_all(".qw-open")[2].click()
    wait_for(page, ".qw-step", "3 of 4")
    if not allowed:  # as on a page that came over plain http from another machine
        page.evaluate("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    boxes = [page.locator(f".qw-{name}").first.bounding_box() for name in ("copy", "search", "next")]
    where = "Wasps (notes/wasps.pdf, page 2)"
    page.clock.install()
    expected = f"“A wasp lives for two weeks or three.”\n— {where}"
    for button, words in enumerate([expected, f"> A wasp lives for two weeks or three.\n\n— {where}\n"]):
        page.locator(".qw-copy").nth(button).click()
        wait_for(page, ".qw-said", "Copied")
        assert page.locator(".qw-copied").nth(button).is_visible()
        assert boxes == [page.locator(f".qw-{name}").first.bounding_box() for name in ("copy", "search", "next")]
        assert "qw-copy" in page.evaluate("document.activeElement.className")
        page.focus("textarea")
        page.fill("textarea", "")
        page.keyboard.press("Control+V")
        assert page.input_value("textarea") == words
        page.clock.fast_forward(2_000)
        page.wait_for_function("document.querySelector('.qw-said').textContent === ''")


def test_words_are_found_and_walked(visit: Callable[..., Any]) -> None:
    page = visit()
    asked(page).query_selector("figure .qw-open").click()
    page.wait_for_selector("#qw-target", state="visible")
    tools = page.locator(".qw-tools").bounding_box()
    top = page.locator("#qw-target").bounding_box()
    page.keyboard.press("f")
    assert page.evaluate("document.activeElement.className").startswith("qw-sought")
    field = page.locator(".qw-find").bounding_box()
    assert (field["y"], field["height"]) == (tools["y"], tools["height"])
    page.keyboard.type("cafe")
    wait_for(page, ".qw-count", "1 of 2")
    stands_at(page, "CAFÉ")
    assert marked_places(page) == ["CAFÉ", "café"]
    page.keyboard.press("Enter")
    wait_for(page, ".qw-count", "2 of 2")
    stands_at(page, "café")
    page.keyboard.press("Enter")
    wait_for(page, ".qw-count", "1 of 2")
    page.keyboard.press("Shift+Enter")
    wait_for(page, ".qw-count", "2 of 2")
    sought(page, "STRASSE", "1 of 2")
    assert marked_places(page) == ["Straße", "STRASSE"]
    sought(page, "about six weeks", "1 of 1")
    assert marked_places(page) == ["about six weeks"] and page.locator(MARK).count() == 1
    sought(page, "wombat", "not found")
    assert marked_places(page) == []
    sought(page, "x" * 10_001, "too long")
    sought(page, "x" * 10_000, "not found")
    sought(page, "   ", "")
    sought(page, "🐝", "1 of 2")
    assert marked_places(page) == ["🐝", "🐝"]
    page.keyboard.press("Escape")
    assert page.locator(".qw-tools").is_visible() and page.locator("#qw-source").is_visible()
    assert marked_places(page) == [] and page.evaluate("document.activeElement.className") == "qw-search"
    assert page.locator("#qw-target").bounding_box() == top
    page.click(".qw-search")
    assert page.input_value(".qw-sought") == ""
    page.click(".qw-find-close")
    page.keyboard.press("Escape")
    page.wait_for_selector("#qw-source", state="hidden")


def test_the_source_can_be_used_with_the_keyboard_alone(visit: Callable[..., Any]) -> None:
    page = visit()
    put(page, QUESTION)
    page.keyboard.press("Shift+Tab")
    for _ in range(20):
        if page.evaluate("!!document.activeElement.closest('figure')"):
            break
        page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector("#qw-target", state="visible")
    reached = []
    for _ in range(9):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.className.split(' ')[0]"))
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline == "solid" or not page.evaluate("!!document.activeElement.closest('#qw-source')")
    assert reached[:7] == ["qw-previous", "qw-next", "qw-search", "qw-close", "qw-copy", "qw-copy", "qw-text"]
    for name, key in [("next", "n"), ("previous", "p"), ("search", "f"), ("close", "Escape")]:
        assert page.locator(f"#qw-source .qw-{name}").get_attribute("aria-keyshortcuts") == key
    page.focus("textarea")
    page.keyboard.type("fnp")
    assert page.input_value("textarea") == "fnp" and not page.locator(".qw-find").is_visible()


def test_narrow_screens_have_room_for_everything(visit: Callable[..., Any]) -> None:
    page = visit(viewport={"width": 360, "height": 640})
    asked(page).query_selector_all(".qw-open")[3].click()
    wait_for(page, ".qw-step", "4 of 4")
    fits = "document.documentElement.scrollWidth <= innerWidth && document.body.scrollWidth <= innerWidth"
    inside = """() => [...document.querySelectorAll('#qw-source button, #qw-source input')]
        .filter(e => e.checkVisibility()).every(e => { const box = e.getBoundingClientRect();
          return box.left >= 0 && box.right <= innerWidth; })"""
    assert page.evaluate(fits) and page.evaluate(inside)
    page.click(".qw-search")
    sought(page, "e", f"1 of {len(find(WIZARD, 'e'))}")
    assert page.evaluate(fits) and page.evaluate(inside)
    assert page.locator("#qw-source .qw-text").bounding_box()["height"] > 320
    page.keyboard.press("Escape")
    page.click(".qw-previous")
    wait_for(page, ".qw-step", "3 of 4")
    page.get_by_role("button", name="Back").click()
    assert not page.locator("#qw-source").is_visible()


@pytest.mark.parametrize("width", [961, 1024, 1216])
def test_where_there_is_room_for_two_places_the_source_takes_that_of_the_library(
    visit: Callable[..., Any], width: int
) -> None:
    page = visit(viewport={"width": width, "height": 700})
    turn = asked(page)
    turn.query_selector("figure .qw-open").click()
    wait_for(page, ".qw-step", "1 of 4")
    talk, source = (page.locator(place).bounding_box() for place in ("#qw-conversation", "#qw-source"))
    assert not page.locator("#qw-library").is_visible() and not page.locator("#qw-adding").is_visible()
    assert talk["width"] > 420 and source["width"] > 420 and talk["x"] == 0
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.keyboard.press("Escape")
    assert page.locator("#qw-library").is_visible() and page.locator("#qw-adding").is_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_of_the_source_can_be_read(visit: Callable[..., Any], scheme: str) -> None:
    page = visit(color_scheme=scheme)
    asked(page).query_selector("figure .qw-open").click()
    wait_for(page, ".qw-step", "1 of 4")
    assert worst_contrast(page) >= 4.5
    page.keyboard.press("f")
    sought(page, "the", f"1 of {len(find(BEES, 'the'))}")
    assert worst_contrast(page) >= 4.5
    yellow = page.evaluate("getComputedStyle(document.querySelector('#qw-source mark')).backgroundColor")
    frame = page.evaluate("getComputedStyle(document.querySelector('#qw-source .qw-framed')).backgroundColor")
    assert yellow != frame


# --- very long documents --------------------------------------------------------------------------------------------

SENTENCE = "The wizard Zantar lives in a tower of glass."
PARTS = {
    "lines": ("Line of a long document, which goes on.\n", 5_000_000),
    "line": ("words that never end ", 2_000_000),
    "short": ("abc\n", 800_000),
}
LONG = list(PARTS)


def long_text(kind: str) -> str:
    """Millions of characters, in one line or in very many, with one sentence in the middle."""
    part, length = PARTS[kind]
    half = part * (length // len(part) // 2)
    return f"{half}{SENTENCE}{part[-1]}{half}The end of it: Zantar."


@pytest.fixture(scope="module")
def long_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A chat about long documents, and a short one."""
    with Index.open(tmp_path_factory.mktemp("long"), HashEmbedder()) as index:
        index.add_documents([Document(long_text(kind), f"Long {kind}", f"{kind}.txt") for kind in LONG])
        index.add_documents([Document(SENTENCE, "Little", "little.txt")])
        with serving(index) as url:
            yield url


def seconds_to_open(page: Any, number: int, start: int) -> float:
    """Open the document of this number in the list at the sentence, and say how long that took."""
    place = {"kind": "quote", "start": start, "end": start + len(SENTENCE)}
    title = page.locator("#qw-library .qw-title").nth(number).inner_text()
    opens = """([at, i]) => { const button = document.querySelectorAll('#qw-library .qw-open')[i];
      Object.assign(button.dataset, at); button.click(); }"""  # at once: the list may be drawn again at any time
    started = time.monotonic()
    page.evaluate(opens, [place, number])
    wait_for(page, "#qw-source .qw-title", title)
    page.wait_for_selector("#qw-target", state="visible")
    return time.monotonic() - started


def open_long(visit: Callable[..., Any], address: str, kind: str) -> Any:
    """A page with a long document opened at the sentence in its middle: in a second, or as soon as a short one."""
    page = visit(address)
    start = long_text(kind).index(SENTENCE)
    for _ in range(5):  # other programs may keep the machine busy for a while
        little = seconds_to_open(page, len(LONG), 0)
        if (seconds := seconds_to_open(page, LONG.index(kind), start)) < max(1.0, 2 * little):
            break
    assert seconds < max(1.0, 2 * little)
    return page


def shown_range(page: Any) -> tuple[int, int]:
    section = page.locator("#qw-source section")
    return int(section.get_attribute("data-first")), int(section.get_attribute("data-last"))


@pytest.mark.parametrize("kind", LONG)
def test_a_very_long_document_opens_soon_and_is_read_on_by_scrolling(
    visit: Callable[..., Any], long_address: str, kind: str
) -> None:
    text = long_text(kind)
    page = open_long(visit, long_address, kind)
    assert page.locator(MARK).text_content() == SENTENCE
    assert is_in_view(page, MARK, "#qw-source .qw-text", middle=True)
    for side, name in [("after", "data-last"), ("before", "data-first")]:
        for _ in range(7):
            old = page.locator("#qw-source section").get_attribute(name)
            page.evaluate("side => document.querySelector(`.qw-more[data-side=${side}]`).scrollIntoView()", side)
            before = page.evaluate(WORDS_IN_VIEW)
            page.wait_for_selector(f"#qw-source section:not([{name}='{old}'])")
            page.wait_for_timeout(50)
            assert page.evaluate(WORDS_IN_VIEW) == before
            first, last = shown_range(page)
            assert page.locator(SHOWN).text_content() == text[first:last]
            assert last - first <= 120_000 + 2 * SURROUNDINGS
    assert shown_range(page)[0] < text.index(SENTENCE) - 3 * SURROUNDINGS


WORDS_IN_VIEW = """() => { const view = document.querySelector('#qw-source .qw-text').getBoundingClientRect();
  const spot = document.caretRangeFromPoint(view.left + 60, view.top + view.height / 2);
  const piece = spot.startContainer.parentElement.closest('.qw-piece'); let place = Number(piece.dataset.low);
  const nodes = document.createTreeWalker(piece, NodeFilter.SHOW_TEXT);
  while (nodes.nextNode() && nodes.currentNode !== spot.startContainer) place += nodes.currentNode.length;
  return place + spot.startOffset; }"""


@pytest.mark.parametrize("kind", ["lines", "line"])
def test_words_are_found_in_the_whole_of_a_long_document(
    visit: Callable[..., Any], long_address: str, kind: str
) -> None:
    text = long_text(kind)
    page = open_long(visit, long_address, kind)
    page.click(".qw-search")
    sought(page, "zantar", "1 of 2")
    stands_at(page, "Zantar")
    page.keyboard.press("Enter")
    wait_for(page, ".qw-count", "2 of 2")
    page.wait_for_function("document.querySelector('#qw-source .qw-words').textContent.endsWith('it: Zantar.')")
    stands_at(page, "Zantar")
    assert shown_range(page)[1] == len(text)
    page.keyboard.press("Shift+Enter")
    page.wait_for_selector("#qw-target", state="attached")
    stands_at(page, "Zantar")
    assert is_in_view(page, MARK, "#qw-source .qw-text")
    word = "Line of" if kind == "lines" else "words that"
    page.fill(".qw-sought", word)
    wait_for(page, ".qw-count", "more than 5,000")
    page.wait_for_function("CSS.highlights.get('qw-found-here')?.size === 1")
    first, last = shown_range(page)
    assert marked_places(page) == [word] * text.count(word, first, last)
