"""Several small files in one request: unpacked, added in one go, each with its own line; nonsense is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index import Document, Index
from tests.chat import serving
from tests.fakes import HashEmbedder
from web.several import LARGEST_TOGETHER, MOST_FILES, unpacked

MARK = {"x-quotewise": "1"}
files = st.lists(st.tuples(st.text(max_size=9), st.binary(max_size=20)), min_size=1, max_size=MOST_FILES)


def packed(sent: list[tuple[str, bytes]]) -> bytes:
    head = json.dumps([[name, len(content)] for name, content in sent])
    return head.encode() + b"\n" + b"".join(content for _, content in sent)


@given(files)
def test_what_is_packed_is_unpacked(sent: list[tuple[str, bytes]]) -> None:
    assert unpacked(packed(sent)) == sent


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"\n", b"{}", b"[]\n", b"[3]\n", b"[[[]]]\n", b"\xff\n", b"[" * 100_000),
        *(b'[["a", 3]]\nab', b'[["a", 3]]\nabcd', b'[["a", -1]]\n', b'[["a"]]\n', b'[["a", "x"]]\nx'),
        json.dumps([["a", 0]] * (MOST_FILES + 1)).encode() + b"\n",
    ],
)
def test_nonsense_is_no_files(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        unpacked(body)


def test_each_file_gets_its_line_and_takes_no_others_place(tmp_path: Path) -> None:
    with Index.open(tmp_path, HashEmbedder()) as index, serving(index) as address:
        index.add_documents([Document("Old amber.", source="a.txt"), Document("Known birch.", source="known.txt")])

        def send(body: bytes) -> httpx.Response:
            return httpx.post(f"{address}/library/add-several", content=body, headers=MARK, timeout=60)

        sent = [
            ("a.txt", b"New amber."),
            ("../b.md", b"# Of cedar\n\nCedar."),
            ("song.mp3", b"ID3"),
            ("empty.txt", b""),
            ("c.txt", b"One."),
            ("c.txt", b"Another."),
            ("known.txt", b"Known birch."),
        ]
        lines: list[dict[str, Any]] = send(packed(sent)).json()
        assert [line["name"] for line in lines] == ["a.txt", "b.md", *(name for name, _ in sent[2:])]
        statuses = ["added", "added", "failed", "failed", "added", "added", "unchanged"]
        assert [line["status"] for line in lines] == statuses
        assert lines[0]["why"] == "Another text named a.txt was there; both are kept."
        assert lines[1]["title"] == "Of cedar" and lines[1]["passages"] == 1
        assert "song.mp3 has a format that is not known" in lines[2]["why"] and str(tmp_path) not in lines[3]["why"]
        sources = sorted(summary.source for summary in index.summaries())
        assert sources == ["a.txt", "a.txt (2)", "b.md", "c.txt", "c.txt (2)", "known.txt"]
        assert send(b"nonsense").status_code == 400
        assert send(packed([("d.txt", b"x" * (2 * LARGEST_TOGETHER))])).status_code == 400
        assert len(index.summaries()) == 6
