"""Passages are ordered by their nearest sentence as well: against brute force, with the packaged model."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from index import Document, Index, load_embedder
from index.add import embedded, stage_keys
from index.context import in_context, sentences_in_context, split_in_context
from index.embed import Kept, pooled
from index.nearness import SENTENCE
from index.rows import to_blob, to_vectors
from tests.fakes import HashEmbedder

COURT = """# The accident

Marit Vantongeren, a piano teacher, was cycling home along Weir Road on the evening of 3 May. The lid of the drain
outside number 14 had been missing for nine days. She was thrown into the carriageway and broke her left elbow.

# The judgment

The court held that the municipality had to act on calls about its roads within two days. Judge Ashgrove disagreed."""
MUSIC = """The school of music has three rooms and forty pupils. Its pianos are tuned in August.

Lessons last 40 minutes. Whoever cannot come says so a day before."""


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Index:
    index = Index.open(tmp_path_factory.mktemp("nearness"))
    index.add_documents([Document(COURT, title="Case summary"), Document(MUSIC, title="School of music")])
    return index


@pytest.mark.parametrize("query", ["what is the claimant's job", "who disagreed", "how long is a lesson", "?"])
def test_a_passage_counts_by_itself_and_by_its_nearest_sentence(library: Index, query: str) -> None:
    passages = [p for d in library.documents() for p in split_in_context(d, library.embedder)]
    asked = library.embedder.embed_query(query)
    truth = {}
    for passage, (own, *sentences) in zip(passages, embedded(library.embedder, passages), strict=True):
        nearest = max(float(sentence @ asked) for sentence in sentences)
        truth[passage.document_id, passage.start] = (1 - SENTENCE) * float(own @ asked) + SENTENCE * nearest
    hits = library.dense(query, 10)
    assert {(h.passage.document_id, h.passage.start): h.score for h in hits} == pytest.approx(truth, abs=0.01)
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert library.dense(query, 2) == hits[:2]


def test_a_passage_is_found_by_what_one_of_its_sentences_says(library: Index) -> None:
    best = library.dense("what is the profession of the woman who had the accident?", 1)[0]
    assert "a piano teacher" in best.passage.text


def test_a_text_has_the_vector_that_it_has_alone(library: Index) -> None:
    passages = [p for d in library.documents() for p in split_in_context(d, library.embedder)]
    alone = library.embedder.embed_passages([in_context(passage) for passage in passages])
    for (own, *sentences), vector, passage in zip(embedded(library.embedder, passages), alone, passages, strict=True):
        assert float(own @ vector) > 0.995
        assert np.linalg.norm(sentences, axis=1) == pytest.approx(1.0, abs=1e-3)
        assert len(sentences) == len(sentences_in_context(passage)) > 0


def test_a_sentence_that_the_model_does_not_reach_has_the_vector_of_its_text() -> None:
    text = "word " * 400
    (vectors,) = load_embedder().embed_with_sentences([text], [[(0, 20), (1900, 1999)]])
    assert vectors[2] == pytest.approx(vectors[0])
    assert float(vectors[1] @ vectors[0]) < 0.999


def test_sentences_stand_in_their_passage_as_it_is_embedded(library: Index) -> None:
    for passage in [p for d in library.documents() for p in split_in_context(d, library.embedder)]:
        text = in_context(passage)
        for start, end in sentences_in_context(passage):
            assert text[start:end].strip() == text[start:end] != ""
            assert text[start:end] in passage.text


def test_what_an_interrupted_run_left_has_its_sentences(library: Index) -> None:
    passages = [p for d in library.documents() for p in split_in_context(d, library.embedder)]
    made, keys = embedded(library.embedder, passages), stage_keys(library.embedder, passages)
    library._store.stage(dict(zip(keys, made, strict=True)))
    left = library._store.staged(keys, library.embedder.dimension)
    library._store.unstage(keys)
    for key, its in zip(keys, made, strict=True):
        assert left[key] == pytest.approx(its, abs=3e-3)


def test_a_model_that_makes_no_vectors_of_sentences_ranks_by_its_own() -> None:
    passages = split_in_context(Document("Cats sleep. Dogs bark."), HashEmbedder())
    assert [its.shape for its in embedded(HashEmbedder(), passages)] == [(1, 64)] * len(passages)


@given(arrays(np.float16, st.tuples(st.integers(1, 6), st.just(48)), elements=st.floats(-1, 1, width=16)))
def test_directions_come_back_from_bytes(vectors: Kept) -> None:
    back = to_vectors(to_blob(vectors), 48)
    assert back.shape == vectors.shape
    assert back[0] == pytest.approx(vectors[0], abs=1e-3)
    for before, after in zip(vectors[1:], back[1:], strict=True):
        length = float(np.linalg.norm(before.astype(np.float32)))
        if length > 1e-3:
            assert float(before.astype(np.float32) @ after.astype(np.float32)) / length > 0.998


def test_pooling_takes_whole_tokens_within_a_range() -> None:
    ranges = np.array([[0, 0], [0, 3], [3, 4], [5, 8], [0, 0]])
    states = np.array([[1, 0, 0], [0, 1, 0], [0, 1, 0], [0, 0, 1], [1, 0, 0]], dtype=np.float32)
    whole, first, second = pooled(ranges, states, [(0, 4), (4, 8)])
    assert whole == pytest.approx(np.array([2, 2, 1]) / 3, abs=1e-3)
    less = np.array([0, 1, 0]) - np.array([2, 2, 1]) / 6
    assert first == pytest.approx(less / np.linalg.norm(less), abs=1e-3)
    assert float(first @ second) < 0.5
