"""The nouns of question answering: citations and answers, both frozen and correct by construction."""

from __future__ import annotations

from dataclasses import dataclass

from index import Hit, Passage


@dataclass(frozen=True, slots=True)
class Citation:
    """A checked range of a document: `start` and `end` are offsets in the document, inside the passage."""

    passage: Passage
    start: int
    end: int

    def __post_init__(self) -> None:
        if not (self.passage.start <= self.start < self.end <= self.passage.end) or not self.quote.strip():
            raise ValueError(f"{self.start}:{self.end} quotes nothing of the passage at {self.passage.start}")

    @property
    def quote(self) -> str:
        """The exact words: `document.text[start:end]`."""
        return self.passage.text[self.start - self.passage.start : self.end - self.passage.start]

    @property
    def document_id(self) -> str:
        """The id of the document that is quoted."""
        return self.passage.document_id

    @property
    def title(self) -> str:
        """The title of the document that is quoted."""
        return self.passage.title

    @property
    def source(self) -> str:
        """The file or address of the document that is quoted."""
        return self.passage.source

    @property
    def page(self) -> int | None:
        """The page on which the quoted passage begins, from 1, or None where the format has no pages."""
        return self.passage.page


@dataclass(frozen=True, slots=True)
class Answer:
    """What Quotewise says to a question: nothing but quotes, or an abstention.

    `citations` are the quoted sentences, best first, and none of them means that it abstained; `span` is the
    short answer's exact range inside the first of them, where there is one; `score` estimates the probability that
    the short answer is right (for an abstention: that the best candidate would have been); `asked_as` is the question
    that was really searched for, which differs from `question` where earlier turns had to be read into it; `about` are
    words of earlier turns that it was searched for with, "" where they changed nothing; `others` are further answers
    that the documents may give, best first, each with its own quote and score; `documents` are the ids of those that
    the question went to, none for all of them.
    """

    question: str
    score: float = 0.0
    citations: tuple[Citation, ...] = ()
    span: Citation | None = None
    hits: tuple[Hit, ...] = ()
    asked_as: str = ""
    others: tuple[Answer, ...] = ()
    documents: tuple[str, ...] = ()
    about: str = ""

    def __post_init__(self) -> None:
        if self.span and not any(
            c.document_id == self.span.document_id and c.start <= self.span.start and self.span.end <= c.end
            for c in self.citations
        ):
            raise ValueError("the short answer lies outside the quoted sentences")

    @property
    def abstained(self) -> bool:
        """Whether the documents were found to hold no answer."""
        return not self.citations

    @property
    def text(self) -> str:
        """The whole quoted sentences, or "" for an abstention."""
        return " ".join(citation.quote for citation in self.citations)

    @property
    def short(self) -> str:
        """The exact short answer; the first quoted sentence where no shorter span is known; "" for an abstention."""
        if self.span:
            return self.span.quote
        return self.citations[0].quote if self.citations else ""
