"""A question into an answer: the whole of question answering, in the order in which it happens."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace

from index import Document, Hit, Index, load_embedder
from index.add import embedded
from index.context import split_in_context
from index.nearness import nearness

from .advice import is_talk
from .choose import search, stands_alone
from .cite import checked
from .ellipsis import without_beside
from .follow_up import candidates, earlier
from .keywords import keywords, requested, spelled_out
from .read import REACH, Reader
from .retrieve import retrieve, stripped
from .saying import said_as
from .settings import load_settings, open_library, reader_for
from .signs import GIVEN
from .subject import fitting, subject
from .types import Answer

READ = REACH.most
"""Passages that the reader is given."""

NEAREST = 5
"""Of these, passages that an answer names as its hits, and that tell what the words of a question are."""


def ask(
    question: str,
    index: Index | None = None,
    history: Sequence[Answer] = (),
    reader: Reader | None = None,
    asked_as: str | None = None,
    documents: Collection[str] | None = None,
) -> Answer:
    """Answer a question with quotes from a library, or abstain.

    `history` holds the earlier answers of a conversation, oldest first, and `asked_as` the question that stands alone,
    where it is known better than from those; without `index` the default library is asked; `documents` names by their
    ids those that the question goes to, None for all of them. Raises QuestionError for a question that is empty or too
    long, UnknownDocument where one of those is not there, and NothingChosen where there are none.
    """
    *_, answer = answering(question, index, history, reader, asked_as, documents)
    return answer


def answering(
    question: str,
    index: Index | None = None,
    history: Sequence[Answer] = (),
    reader: Reader | None = None,
    asked_as: str | None = None,
    documents: Collection[str] | None = None,
) -> Iterator[Answer]:
    """Answer as `ask` does, in steps: first what was found (hits, no quote yet), then the answer."""
    question = stripped(question)
    index = open_library() if index is None else index
    turns = earlier(history)
    wordings = candidates(question, history, index.embedder) if asked_as is None else [stripped(asked_as)]
    wordings = fitting(question, wordings, turns, index.embedder)
    chosen = tuple(dict.fromkeys(documents or ()))
    hits, topic = search(question, wordings, READ, index, documents)
    nearest = tuple(hits[:NEAREST])
    found = Answer(question, hits=nearest, asked_as=wordings[0], about=subject(topic, turns), documents=chosen)
    yield found
    if asked_as is None and is_talk(question):  # it asks nothing, whatever the documents say
        yield replace(found, asked_as=question, about="")
        return
    reader = reader or reader_for(index.embedder)
    answer = _read(found, hits, index, reader)
    if asked_as is None and (answer.abstained or keywords(found.asked_as, found.hits)):
        answer = _surest(answer, (_read(other, its, index, reader) for other, its in _otherwise(found, hits, index)))
    yield answer


def _otherwise(found: Answer, hits: Sequence[Hit], index: Index) -> Iterator[tuple[Answer, Sequence[Hit]]]:
    """Find what else a question may mean that is refused, or keywords: what it says itself, or what they stand for.

    Each comes with the hits to read. Words that were put beside a question, "Which one dives deepest (blue whale)?",
    are left out once. A question that was made to stand alone is searched alone where a topic beside it changed what
    was found: of 350 of CANARD's follow-ups one more is answered rightly for it, and two wrongly.
    """

    def searched(wording: str) -> tuple[Answer, Sequence[Hit]]:
        its = retrieve(wording, READ, index, found.documents or None)
        return replace(found, hits=tuple(its[:NEAREST]), asked_as=wording, about=""), its

    if (alone := without_beside(found.asked_as)) != found.asked_as:
        yield replace(found, asked_as=alone), hits
    if found.question != found.asked_as:
        if found.about:
            yield searched(found.asked_as)
        raw, its = searched(found.question)
        if stands_alone(found.question, raw.hits):
            yield raw, its
    wordings = [found.asked_as, *([found.question] if requested(found.question) else [])]
    meant = dict.fromkeys(spelled_out(wording, found.hits) for wording in wordings)
    yield from (searched(whole) for whole in meant if whole)


def _surest(answer: Answer, others: Iterable[Answer]) -> Answer:
    """Give the surest of several answers, the first one where all abstain."""
    return max((one for one in (answer, *others) if not one.abstained), key=lambda one: one.score, default=answer)


def _read(found: Answer, hits: Sequence[Hit], index: Index, reader: Reader) -> Answer:
    """Read what was found, and keep of it what the library really says."""
    answer = checked(drafted(found.asked_as, hits, reader), index.quote)
    return replace(found, score=answer.score, citations=answer.citations, span=answer.span, others=answer.others)


def drafted(question: str, hits: Sequence[Hit], reader: Reader) -> Answer:
    """Read hits, and what somebody said in them by their own verbs where that is refused."""
    draft = reader.read(question, hits)
    if not draft.abstained:
        return draft
    return _surest(draft, (reader.read(said, hits) for said in said_as(question, hits[:NEAREST])))


def ask_text(question: str, text: str, reader: Reader | None = None) -> Answer:
    """Answer a question with quotes from one given text, without any library."""
    question = stripped(question)
    settings = load_settings()
    embedder = load_embedder(settings.model)
    document = Document(text)
    passages = split_in_context(document, embedder, settings.encoding)
    hits = [Hit(passage, GIVEN) for passage in passages]
    if len(passages) > NEAREST:
        asked = embedder.embed_query(question)
        scores = [its @ asked for its in embedded(embedder, passages)]
        ranked = [Hit(p, nearness(s[0], max(s[1:], default=s[0]))) for p, s in zip(passages, scores, strict=True)]
        hits = sorted(ranked, key=lambda hit: -hit.score)[:NEAREST]
    draft = drafted(question, hits, reader or reader_for(embedder))
    answer = checked(draft, lambda _, start, end: document.text[start:end])
    return replace(answer, question=question, asked_as=question, hits=tuple(hits))
