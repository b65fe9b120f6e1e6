"""A document into passages of limited length that follow its headings, paragraphs and sentences."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from typing import NamedTuple

import tiktoken

from .sentences import Block, block_sentences, blocks, read_heading
from .tokens import count_tokens, load_encoding
from .types import Document, Passage

# benchmarks/passages.py, gold span whole in 640 tokens read: 64 .914, 96 .910, 128 .900, 160 .880, 200 .861
SIZE = 96
"""Tokens a passage at most: as good as 64 within the noise, with a third fewer passages and a better first hit."""

# the same benchmark at size 96, by overlap: 0 .905, 16 .906, 32 .910, 48 .905
OVERLAP = 32
"""Tokens of whole sentences that two passages of one paragraph may share at most."""

MIN_SIZE = 8
"""Tokens below which a size makes no sense; one character can take four."""

SPLITTER = f"paragraphs-3/{SIZE}"
"""What the library records: another splitter means other passages."""

HEADING_LENGTH = 120
"""Characters that are kept of a heading above a passage."""

LONGEST_CLUSTER = 32
"""Characters that a cut moves back at most to stay out of a sign of several characters; a family emoji has 7."""

_JOINER = "\u200d"


class _Piece(NamedTuple):
    """What is never torn apart again: a heading or a sentence, or a part of a sentence that is too long.

    `paragraph_tokens` says how long the paragraph is that starts with this piece; it is 0 for any later piece.
    """

    start: int
    end: int
    tokens: int
    whole: bool = True
    heading: bool = False
    paragraph_tokens: int = 0


class _Section(NamedTuple):
    """The pieces from one heading to the next, and the path of headings that they stand under."""

    heading: str
    pieces: list[_Piece]


def split(
    document: Document,
    size: int = SIZE,
    fits: Callable[[str], bool] | None = None,
    encoding: tiktoken.Encoding | None = None,
) -> list[Passage]:
    """Split a document into passages of at most `size` tokens, for each of which `fits` holds.

    Short paragraphs are packed together, but never across a heading, which stays with what follows it. A paragraph
    that is too long is cut at sentence ends, with whole short sentences repeated; a sentence that is too long at
    spaces; a word that is too long anywhere. Each non-space character is in some passage; starts and ends increase.
    Raises ValueError for a size below `MIN_SIZE`.
    """
    if size < MIN_SIZE:
        raise ValueError(f"A passage needs room for {MIN_SIZE} tokens at least, not {size}.")
    splitter = _Splitter(document.text, size, fits, encoding or load_encoding())
    spans = [(span, section.heading) for section in splitter.sections() for span in splitter.pack(section.pieces)]
    return [
        Passage(
            id=place,
            document_id=document.id,
            start=start,
            end=end,
            text=document.text[start:end],
            title=document.title,
            source=document.source,
            page=document.page(start),
            heading=heading,
        )
        for place, ((start, end), heading) in enumerate(spans)
    ]


class _Splitter:
    """One text with what its passages are measured with."""

    def __init__(self, text: str, size: int, fits: Callable[[str], bool] | None, encoding: tiktoken.Encoding) -> None:
        self.text = text
        self.size = size
        self.fits = fits
        self.encoding = encoding

    def sections(self) -> Iterator[_Section]:
        """Cut the text at its headings; headings that follow each other open one section together."""
        path: dict[int, str] = {}
        pieces: list[_Piece] = []
        lead = gap = 0  # the tokens of the headings that wait for text; where the last block ended
        for block in blocks(self.text):
            if block.kind == "heading":
                if pieces and not pieces[-1].heading:
                    yield _Section(_joined(path), pieces)
                    pieces = []
                level, words = read_heading(self.text[block.start : block.end])
                words = words[:HEADING_LENGTH]
                path = {above: heading for above, heading in path.items() if above < level} | {level: words}
            found = self._pieces(block, gap, lead)
            pieces.extend(found)
            lead = lead + found[0].paragraph_tokens if block.kind == "heading" else 0
            gap = block.end
        if pieces:
            yield _Section(_joined(path), pieces)

    def _pieces(self, block: Block, gap: int, lead: int) -> list[_Piece]:
        """Cut a block into pieces; a piece's tokens are those from the end of the one before it.

        `lead` are the tokens of the headings that the first piece should leave room for.
        """
        pieces: list[_Piece] = []
        room = self.size - lead if lead <= self.size // 2 else self.size
        for start, end in block_sentences(self.text, block):
            tokens = count_tokens(self.text[gap:end], self.encoding)
            if tokens <= room:
                pieces.append(_Piece(start, end, tokens, heading=block.kind == "heading"))
            else:
                space = count_tokens(self.text[gap:start], self.encoding) if room < self.size else 0
                pieces.extend(self._cut(start, end, max(room - space, self.size // 2)))
            gap = end
            room = self.size
        total = sum(piece.tokens for piece in pieces)
        return [pieces[0]._replace(paragraph_tokens=total), *pieces[1:]]

    def pack(self, pieces: list[_Piece]) -> Iterator[tuple[int, int]]:
        """Put pieces together into passages, as many as there is room for."""
        first = new = 0  # a passage starts with pieces[first]; pieces[new] is the first that no passage has yet
        while new < len(pieces):
            after = self._fill(pieces, first, new)
            while after > new + 1 and not self._holds(pieces[first].start, pieces[after - 1].end):
                after = new + (after - new) // 2
            start, end = pieces[first].start, pieces[after - 1].end
            if after > new + 1 or self._holds(start, end):
                yield start, end
                first = self._overlap_start(pieces, first, after)
                new = after
            elif first < new:
                first = new
            else:
                yield from ((part.start, part.end) for part in self._cut(start, end, self.size))
                first = new = after

    def _fill(self, pieces: list[_Piece], first: int, new: int) -> int:
        """Say before which piece the passage that starts with pieces[first] is full.

        A paragraph that does not fit whole starts a passage of its own, unless this one has no more than a heading or
        a quarter of its room taken.
        """
        total = sum(piece.tokens for piece in pieces[first : new + 1])
        after = new + 1
        while after < len(pieces):
            piece = pieces[after]
            wanted = piece.paragraph_tokens or piece.tokens
            nearly_empty = pieces[after - 1].heading or total < self.size // 4
            if total + wanted > self.size and not (nearly_empty and total + piece.tokens <= self.size):
                break
            total += piece.tokens
            after += 1
        return after

    def _overlap_start(self, pieces: list[_Piece], first: int, after: int) -> int:
        """Say with which piece the passage after pieces[first:after] starts, so that it repeats short sentences."""
        if after == len(pieces) or pieces[after].paragraph_tokens:
            return after
        start = after
        room = min(OVERLAP, self.size - pieces[after].tokens)
        while start - 1 > first and pieces[start - 1].whole and not pieces[start - 1].heading:
            room -= pieces[start - 1].tokens
            if room < 0 or pieces[start].paragraph_tokens:
                break
            start -= 1
        return start

    def _holds(self, start: int, end: int) -> bool:
        text = self.text[start:end]
        return count_tokens(text, self.encoding) <= self.size and (self.fits is None or self.fits(text))

    def _cut(self, start: int, end: int, room: int) -> Iterator[_Piece]:
        """Cut a sentence into parts that hold; the first has at most `room` tokens, the others `size`."""
        window = 4 * self.size  # characters that are looked at together; it follows the length of the parts found
        while start < end:
            edge = min(end, start + window)
            tokens = self.encoding.encode_ordinary(self.text[start:edge])
            if edge < end and len(tokens) <= room:
                window *= 2
                continue
            stop = edge
            if len(tokens) > room:
                known = len(self.encoding.decode_bytes(tokens[:room]).decode("utf-8", errors="ignore"))
                stop = self._good_cut(start, start + max(1, known))
            while stop > start + 1 and not self._holds(start, stop):
                stop = self._good_cut(start, start + (stop - start) // 2)
            yield _Piece(start, stop, count_tokens(self.text[start:stop], self.encoding), whole=False)
            window = max(16, 2 * (stop - start))
            start = _after_space(self.text, stop, end)
            room = self.size

    def _good_cut(self, start: int, stop: int) -> int:
        """Move a cut back to the last space, else out of a combining sequence, where that leaves anything."""
        place = stop
        while place > start and not self.text[place].isspace():
            place -= 1
        while place > start and self.text[place - 1].isspace():
            place -= 1
        if place > start:
            return place
        place = stop
        while place > max(start, stop - LONGEST_CLUSTER) and _joins(self.text[place - 1], self.text[place]):
            place -= 1
        return place if place > max(start, stop - LONGEST_CLUSTER) else stop


def _joins(before: str, after: str) -> bool:
    """Say whether two characters are shown as one: a mark after its letter, or signs around a joiner."""
    marks_skin = "\U0001f3fb" <= after <= "\U0001f3ff"
    return _JOINER in (before, after) or marks_skin or unicodedata.category(after).startswith("M")


def _after_space(text: str, place: int, end: int) -> int:
    while place < end and text[place].isspace():
        place += 1
    return place


def _joined(path: dict[int, str]) -> str:
    return " › ".join(heading for heading in path.values() if heading)
