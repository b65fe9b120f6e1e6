"""The route of the two buttons: verdicts on turns that the library can show, a sentence where none can be kept."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from index import Document, Index
from index.split import split
from qa.feedback import verdicts
from qa.types import Answer, Citation
from tests.chat import serving
from tests.fakes import BEES, HashEmbedder
from web.conversation import remember

MARK = {"x-quotewise": "1"}
PASSAGE = split(Document(BEES, "Bees", "bees.md"))[0]
FIRST = BEES.index(" The queen")
ANSWER = Answer("How long?", 0.8, (Citation(PASSAGE, 0, FIRST),), Citation(PASSAGE, 23, 38), asked_as="How long, bees?")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Index, str]]:
    with Index.open(tmp_path_factory.mktemp("library"), HashEmbedder()) as index, serving(index) as url:
        yield index, url


@pytest.fixture
def library(served: tuple[Index, str]) -> Index:
    index, _ = served
    index.add_documents([Document(BEES, "Bees", "bees.md")])
    for name in index.notes():
        index.drop_note(name)
    return index


def post(served: tuple[Index, str], **body: Any) -> httpx.Response:
    said = {"key": "k", "record": remember(ANSWER), "verdict": "up", "word": "", **body}
    return httpx.post(f"{served[1]}/library/feedback", json=said, headers=MARK)


def test_a_verdict_is_kept_changed_and_taken_back(served: tuple[Index, str], library: Index) -> None:
    assert post(served).json() == {"status": "kept"}
    (kept,) = verdicts(library)
    assert (kept.up, kept.asked_as, kept.short) == (True, "How long, bees?", BEES[23:38])
    assert post(served, verdict="down", word="a summer").json() == {"status": "kept"}
    assert [(verdict.up, verdict.word) for verdict in verdicts(library)] == [(False, "a summer")]
    assert post(served, verdict="", record=None).json() == {"status": "taken back"}
    assert verdicts(library) == []


def test_what_the_library_cannot_show_is_not_judged(served: tuple[Index, str], library: Index) -> None:
    for record in (None, 3, {}, {"question": "x"}, {**remember(ANSWER), "citations": [["gone", 0, 5, 0, 9]]}):
        assert "no longer in the library" in post(served, record=record).json()["why"]
    assert "at most 500" in post(served, word="x" * 501).json()["why"]
    assert "key" in post(served, key="../x").json()["why"]
    assert verdicts(library) == []


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"key": 1, "verdict": "up"}', b'{"key": "k", "verdict": ["up"]}'])
def test_other_requests_are_refused(served: tuple[Index, str], body: bytes) -> None:
    answer = httpx.post(f"{served[1]}/library/feedback", content=body, headers=MARK)
    assert answer.status_code == 400 and "verdict" in answer.text
    assert httpx.post(f"{served[1]}/library/feedback", content=b" " * 300_000, headers=MARK).status_code == 400
    assert httpx.post(f"{served[1]}/library/feedback", content=b"{}").status_code == 404, "another site's page"


def test_nobody_judges_a_library_that_is_only_shown(library: Index) -> None:
    with serving(library, read_only=True) as url:
        assert post((library, url)).status_code == 404 and verdicts(library) == []
