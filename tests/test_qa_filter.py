"""A question that goes to chosen documents is answered from them, or not at all."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from index import Hit, Index
from index.errors import NothingChosen, UnknownDocument
from qa import Answer, Citation, ask, retrieve
from qa.answer import answering
from qa.render import answer_record


class FirstReader:
    """Quotes the first passage whole where it speaks of a cat."""

    def read(self, question: str, hits: Sequence[Hit]) -> Answer:
        cats = [hit.passage for hit in hits if "cat" in hit.passage.text]
        return Answer(question, 0.9, tuple(Citation(cat, cat.start, cat.end) for cat in cats[:1]))


def test_only_the_chosen_documents_are_searched_read_and_quoted(index: Index) -> None:
    cats, dogs, _ = (summary.id for summary in index.summaries())
    reader = FirstReader()
    question = "Where did the cat sit?"
    assert retrieve(question, 1, index)[0].passage.document_id == cats
    assert {hit.passage.document_id for hit in retrieve(question, 9, index, [dogs])} == {dogs}
    assert {hit.passage.document_id for hit in retrieve(question, 9, index, {dogs, cats})} == {dogs, cats}
    answer = ask(question, index, reader=reader, documents=[cats, cats])
    assert (answer.documents, answer.citations[0].document_id) == ((cats,), cats)
    elsewhere = ask(question, index, reader=reader, documents=[dogs])
    assert elsewhere.documents == (dogs,) and {hit.passage.document_id for hit in elsewhere.hits} == {dogs}
    assert elsewhere.abstained
    assert ask(question, index, reader=reader).documents == ()
    found = next(answering(question, index, reader=reader, documents=[dogs]))
    assert found.documents == (dogs,), "the first step says it too"
    assert answer_record(elsewhere)["documents"] == [dogs]


def test_a_choice_that_cannot_be_asked_is_one_sentence(index: Index) -> None:
    with pytest.raises(UnknownDocument, match="has no document nothing"):
        ask("Where is the cat?", index, documents=["nothing"])
    with pytest.raises(NothingChosen):
        retrieve("Where is the cat?", index=index, documents=[])
