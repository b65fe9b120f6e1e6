"""A document as a source: every character of it, in pieces that join, the passage framed, the quote marked."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from index import Document
from qa import render_source
from qa.markdown import block_quote, line
from qa.quoting import quoted_markdown, quoted_text
from qa.render_source import SURROUNDINGS, Cited, source_html
from tests.test_qa_render import NASTY, OUR_TAGS, Parsed, shown, texts

LONG = Document("".join(f"line {n}\n" for n in range(100_000)), "long", "long.txt")
MIDDLE = LONG.text.index("line 50000\n")


def assert_only_ours(page: str) -> None:
    parsed = Parsed(page, "none")
    assert set(parsed.tags) <= OUR_TAGS | {"input"}
    assert not [name for name in parsed.attributes if name.startswith("on") or name in ("src", "href", "style")]


def read(first: int, last: int) -> str:
    return LONG.text[first:last]


@given(texts, texts, texts, st.data())
def test_a_source_is_shown_character_by_character(text: str, title: str, source: str, data: st.DataObject) -> None:
    document = Document(text, title, source)
    places = sorted(data.draw(st.lists(st.integers(0, len(text)), min_size=4, max_size=4, unique=len(text) > 3)))
    first, start, end, last = places
    page = source_html(document, Cited((start, end), (first, last)), title)
    assert Parsed(page, "qw-words").text == shown(text)
    assert Parsed(page, "qw-mark").text == shown(document.text[start:end])
    assert Parsed(page, "qw-framed").text == shown(document.text[first:last])
    assert shown(title) in Parsed(page, "header").text
    if start < end:
        assert Parsed(page, "none").attributes["data-words"][0] == shown(quoted_text(document, start, end))
    assert_only_ours(page)


@given(st.data())
def test_ranges_that_overlap_in_any_way_show_every_character_once(data: st.DataObject) -> None:
    numbers = st.one_of(st.none(), st.tuples(st.integers(0, 12), st.integers(0, 12)))
    cited = Cited(data.draw(numbers), data.draw(numbers))
    page = source_html(Document("some text"), cited)
    assert Parsed(page, "qw-words").text == "some text"
    start, end = cited.quote or (0, 0)
    assert Parsed(page, "qw-mark").text == "some text"[start:end]
    assert page.count('id="qw-target"') <= 1
    assert ('id="qw-target"' in page) == ((cited.inside(9).range) is not None)


def test_a_long_document_is_shown_through_a_window() -> None:
    page = source_html(LONG, Cited((MIDDLE, MIDDLE + 10)))
    assert len(page) < 3 * SURROUNDINGS
    parsed = Parsed(page, "qw-words")
    first, last = int(parsed.attributes["data-low"][0]), int(parsed.attributes["data-high"][0])
    assert parsed.text == LONG.text[first:last] and Parsed(page, "qw-mark").text == "line 50000"
    assert MIDDLE - SURROUNDINGS <= first <= MIDDLE - SURROUNDINGS + render_source.SLACK
    assert 0 <= MIDDLE + 10 + SURROUNDINGS - last <= render_source.SLACK
    assert LONG.text[first - 1] == LONG.text[last - 1] == "\n"


@pytest.mark.parametrize("text", [LONG.text, "word " * 30_000, "x" * 150_000, "e\u0301" * 60_000, "👩‍👩‍👧‍👦" * 20_000])
def test_pieces_join_to_the_whole_document(text: str) -> None:
    cited = Cited((75_000, 75_500), (70_000, 95_000))
    parsed = Parsed(source_html(Document(text), cited), "qw-piece")
    whole, marked, framed = parsed.text, "", ""
    first, last = int(parsed.attributes["data-low"][0]), int(parsed.attributes["data-high"][0])
    pieces = [source_html(Document(text), cited)]
    while first > 0:
        pieces.insert(0, render_source.before_html(lambda a, b: text[a:b], first, cited))
        parsed = Parsed(pieces[0], "qw-piece")
        whole, first = parsed.text + whole, int(parsed.attributes["data-low"][0])
    while last < len(text):
        pieces.append(render_source.after_html(lambda a, b: text[a:b], last, cited))
        parsed = Parsed(pieces[-1], "qw-piece")
        whole, last = whole + parsed.text, int(parsed.attributes["data-high"][0])
    marked = "".join(Parsed(piece, "qw-mark").text for piece in pieces)
    framed = "".join(Parsed(piece, "qw-framed").text for piece in pieces)
    assert whole == text and len(pieces) > 4
    assert marked == text[75_000:75_500] and framed == text[70_000:95_000]
    assert "".join(pieces).count('id="qw-target"') == 1
    assert not any(re.match("[\u0301\u200d]", Parsed(piece, "qw-piece").text) for piece in pieces)
    assert render_source.before_html(lambda a, b: text[a:b], 0, cited) == ""
    assert render_source.after_html(lambda a, b: text[a:b], len(text), cited) == ""


@pytest.mark.parametrize("sent", [{}, {"first": "-5", "last": "x"}, {"first": "9" * 30, "last": "1"}])
def test_a_browser_may_send_anything(sent: dict[str, object]) -> None:
    for side in ("before", "after", "around"):
        assert_only_ours(render_source.more_html(read, side, sent))
    assert Cited.read({"kind": "quote", "start": "٣", "end": 5, "from": None}).range == (3, 5)
    huge = {"first": 10**9, "last": 10**10, "kind": "quote", "start": 0, "end": 10**11}
    assert render_source.more_html(read, "around", huge) == ""
    assert len(source_html(LONG, Cited((0, 10**11)))) < 10 * SURROUNDINGS + len(LONG.text) * 3


def test_more_is_asked_for_by_side() -> None:
    place: dict[str, object] = {
        "first": MIDDLE,
        "last": MIDDLE + 11,
        "kind": "quote",
        "start": MIDDLE,
        "end": MIDDLE + 10,
    }
    before, after, around = (
        Parsed(render_source.more_html(read, side, place), "qw-piece") for side in ("before", "after", "around")
    )
    assert before.text.endswith("line 49999\n") and after.text.startswith("line 50001\n")
    assert "line 50000" in around.text and "mark" in around.tags and "mark" not in before.tags


def test_a_passage_that_is_not_quoted_is_framed_and_not_yellow() -> None:
    page = source_html(Document("some text"), Cited(passage=(0, 4)))
    assert Parsed(page, "qw-framed").text == "some" and "mark" not in Parsed(page, "none").tags
    assert 'data-kind="passage"' in page and 'data-start="0"' in page and "Copy passage" in page
    whole = source_html(Document("some text"))
    assert 'data-kind="document"' in whole and "qw-copy" not in whole and 'id="qw-target"' not in whole


def test_the_header_says_where_the_passage_stands() -> None:
    document = Document("one two three", "Bees", "a/bees.md", pages=(0, 4, 8))
    page = source_html(document, Cited((4, 7)), "Bees › Queens › Age")
    assert Parsed(page, "qw-where").text == "bees.md · page 2" and Parsed(page, "qw-heading").text == "Queens › Age"
    assert "qw-heading" not in source_html(document, Cited((4, 7)), "Bees")
    assert Parsed(source_html(document, Cited((4, 7)), "Wasps › Age"), "qw-heading").text == "Wasps › Age"
    assert Parsed(source_html(document), "qw-where").text == "bees.md"


def test_what_is_copied_has_the_quote_and_its_place() -> None:
    document = Document("Nine died.\n\nTen fled.", "The *News*", "a/b.txt")
    assert quoted_text(document, 0, 10) == "“Nine died.”\n— The *News* (a/b.txt, characters 1–10)"
    assert quoted_markdown(document, 0, 21) == (
        "> Nine died.\n>\n> Ten fled.\n\n— The \\*News\\* (a/b.txt, characters 1–21)\n"
    )
    assert quoted_text(Document("Nine", "", "", pages=(0,)), 0, 4) == "“Nine”\n— Untitled, page 1"


MARKUP = [
    "1. one",
    "12) b",
    "- a",
    "+ a",
    "---",
    "===",
    "# a",
    "> a",
    "    code",
    "```",
    "[a]: http://b",
    "a\n===",
    "* a",
]
MARKUP += [
    "<b>x</b>",
    "&amp;",
    "a  \nb",
    "\\",
    "| a |\n|---|\n| b |",
    "![a](b)",
    "http://a.b",
    "~~a~~",
    "a\n    b",
    "\tx",
    "1.",
    "-",
]


def bare(text: str) -> str:
    """A text without what is not seen of it, or seen as U+FFFD."""
    return re.sub(r"[\s\x00-\x1f\x7f\ufffd\ud800-\udfff]", "", text)


@given(
    st.one_of(st.sampled_from(NASTY + MARKUP), st.text(max_size=80), st.text("-+=*_#>1.) \n\t`~|[]()<&\\", max_size=30))
)
def test_markdown_shows_the_words_and_nothing_else(text: str) -> None:
    parser = MarkdownIt("commonmark").enable("table").enable("strikethrough")
    html = parser.render(block_quote(text) + "\n\nend\n")
    words = Parsed(html, "blockquote")
    assert bare(words.text) == bare(text)
    assert set(words.tags) <= {"blockquote", "p"}
    assert set(Parsed(parser.render(f"— {line(text)}"), "p").tags) == {"p"}
