"""Kept conversations come back as they were, or not at all; exported ones hold every quote and run nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index import Document, Hit, Index, Passage
from qa import Answer, Citation
from tests.fakes import HashEmbedder
from tests.test_qa_render import NASTY
from web import conversation
from web.conversation import GONE, LONGEST_PLACE, MOST_PLACES, MOST_TURNS, Recalled, recall, remember
from web.export import to_html, to_json, to_markdown

TEXT = "Nine died on Monday. Ten fled.\n\n" + "\n".join(NASTY) + "\n\nThe end is told here."


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    with Index.open(tmp_path_factory.mktemp("library"), HashEmbedder()) as opened:
        opened.add_documents([Document(TEXT, f"News {NASTY[0]}", "a/<b>.txt")])
        yield opened


def answer_of(index: Index, start: int = 0, end: int = 20, question: str = "How many?") -> Answer:
    document = index.documents()[0]
    passage = Passage(0, document.id, 0, len(TEXT), document.text, document.title, document.source)
    citation = Citation(passage, start, end)
    other = Answer(question, 0.1, (Citation(passage, 21, 30),), Citation(passage, 21, 24))
    return Answer(question, 0.8, (citation,), citation, (Hit(passage, 0.0),), "How many died?", (other,))


def test_an_answer_comes_back_as_it_was(index: Index) -> None:
    answers = [answer_of(index), Answer("Who?", 0.25, hits=answer_of(index).hits)]
    records = json.loads(json.dumps([remember(answer, 0.05) for answer in answers]))
    assert "Nine" not in json.dumps(records)
    found = recall(records, index)
    assert [turn.answer for turn in found] == answers
    assert [turn.seconds for turn in found] == [0.05, 0.05]


@given(st.integers(-5, len(TEXT) + 5), st.integers(-5, len(TEXT) + 5))
def test_places_that_are_not_in_the_document_are_not_quoted(index: Index, start: int, end: int) -> None:
    record = remember(answer_of(index))
    record["citations"][0][1:3] = [start, end]
    record["span"] = None
    turn = recall([record], index)[0]
    if turn.answer:
        assert turn.answer.citations[0].quote == TEXT[start:end] and 0 <= start < end <= len(TEXT)
    else:
        assert not (0 <= start < end <= len(TEXT) and TEXT[start:end].strip())


junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=5), inner, max_size=5),
    max_leaves=10,
)


@given(
    junk,
    st.sampled_from(["question", "asked_as", "score", "seconds", "citations", "span", "others", "hits", "documents"]),
)
def test_whatever_stands_in_the_storage_does_no_harm(index: Index, value: Any, name: str) -> None:
    record = {**remember(answer_of(index)), name: value}
    for records in (value, [value], [record], {name: value}):
        for turn in recall(records, index):
            assert turn.answer is None or all(c.quote in TEXT for c in turn.answer.citations)


def test_a_conversation_without_its_document_says_so_and_keeps_its_record(tmp_path: Path, index: Index) -> None:
    record = remember(answer_of(index))
    with Index.open(tmp_path, HashEmbedder()) as other:
        turn = recall([record], other)[0]
    assert (turn.answer, turn.question, turn.record) == (None, "How many?", record)
    assert len(recall([record] * (MOST_TURNS + 5), index)) == MOST_TURNS


def test_a_place_that_is_longer_than_a_passage_is_not_quoted(tmp_path: Path) -> None:
    text = "word " * LONGEST_PLACE
    with Index.open(tmp_path, HashEmbedder()) as library:
        library.add_documents([Document(text)])
        id_ = library.summaries()[0].id
        record = {**remember(Answer("Why?")), "hits": [[id_, 0, len(text)]] * MOST_PLACES}
        assert recall([record], library)[0].answer is None
        for name, before, start in (("hits", [id_], 3), ("citations", [id_, 3, 9], 0)):
            for end, taken in ((start + LONGEST_PLACE, True), (start + LONGEST_PLACE + 1, False)):
                record = {**remember(Answer("Why?")), name: [[*before, start, end]]}
                assert bool(recall([record], library)[0].answer) is taken


def test_a_conversation_quotes_so_much_in_all_and_its_latest_turns_first(
    index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = [remember(Answer(f"{number}?", hits=answer_of(index).hits)) for number in range(5)]
    monkeypatch.setattr(conversation, "MOST_QUOTED", 3 * len(TEXT) + 1)
    turns = recall(records, index)
    assert [turn.question for turn in turns] == ["0?", "1?", "2?", "3?", "4?"]
    assert [turn.answer is None for turn in turns] == [True, True, False, False, False]
    assert [turn.record for turn in turns] == records, "the browser keeps what is not shown"
    nested = remember(answer_of(index))
    nested["others"] *= MOST_PLACES
    assert recall([nested], index)[0].answer is None, "other answers count, too"


class Page(HTMLParser):
    """The text of a page's elements, its links and its tags."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: set[str] = set()
        self.attributes: dict[str, list[str]] = {}
        self.marked: list[str] = []
        self._open: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self._open.append(tag)
        for name, value in attrs:
            self.attributes.setdefault(name, []).append(value or "")
        if tag == "mark":
            self.marked.append("")

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if "mark" in self._open:
            self.marked[-1] += data


def kept(*answers: Answer) -> list[Recalled]:
    return [Recalled({"question": answer.question}, answer) for answer in answers]


def lost(question: str) -> Recalled:
    return Recalled({"question": question}, None)


@pytest.mark.parametrize("nasty", NASTY)
def test_an_exported_page_stands_alone_and_runs_nothing(index: Index, nasty: str) -> None:
    start = TEXT.index(nasty)
    page = to_html([*kept(answer_of(index, start, start + len(nasty), nasty), Answer(nasty)), lost(nasty)], {})
    parsed = Page(page)
    assert parsed.tags <= {
        "html",
        "head",
        "meta",
        "title",
        "style",
        "body",
        "h1",
        "h2",
        "p",
        "a",
        "blockquote",
        "mark",
        "section",
    }
    assert not [name for name in parsed.attributes if name.startswith("on") or name in ("src", "style")]
    assert parsed.attributes["href"] == ["#passage-1"] and "passage-1" in parsed.attributes["id"]
    assert parsed.marked == [nasty] * 2
    assert "default-src 'none'" in page


def test_markdown_has_every_quote_with_its_source_and_no_markup_of_others(index: Index) -> None:
    start = TEXT.index("<script>")
    answers = answer_of(index), answer_of(index, start, len(TEXT), "<b>?</b>"), Answer("Why?\n# x")
    text = to_markdown([*kept(*answers), lost("When?\n# x")], {})
    assert "## How many?\n\n*asked as: How many died?*\n\n**Nine died on Monday.** (likely)" in text
    assert "> Nine died on Monday.\n\n— News" in text and "> The end is told here." in text
    assert "Not in these documents." in text and "\n# x" not in text
    assert text.endswith(f"## When? \\# x\n\n{GONE}\n")
    bare = text.replace("\\<", "").replace("\\[", "").replace("\\!", "")
    assert "<" not in bare and "![" not in bare and "](" not in bare.replace("\\](", "")


def test_json_is_what_the_api_gives(index: Index) -> None:
    *records, gone = json.loads(to_json([*kept(answer_of(index), Answer("Why?")), lost("When?")], {}))
    assert [record["short"] for record in records] == ["Nine died on Monday.", ""]
    assert gone == {"question": "When?", "failed": GONE}
    assert TEXT[records[0]["citations"][0]["start"] : records[0]["citations"][0]["end"]] == "Nine died on Monday."
