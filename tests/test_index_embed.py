"""Queries that are embedded together are embedded as each of them is alone, by every embedder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from benchmarks.page import MadeUp
from index import Document, Hit, Index, load_embedder
from index.embed import Embedder
from qa.choose import OWN, SURE, search, together
from qa.errors import QuestionError
from qa.retrieve import retrieve, retrieve_each
from tests.fakes import BEES, NEWS, HashEmbedder

WORDINGS = [
    "How old is she?",
    "How old is she (Nikki Haley ambassador to the United Nations, who warned of bloodshed in Idlib)?",
    "How old is she (bees)?",
    "🙂",
]
EMBEDDERS = (HashEmbedder, load_embedder, MadeUp)


@pytest.fixture(params=EMBEDDERS, ids=lambda make: make.__name__)
def embedder(request: pytest.FixtureRequest) -> Embedder:
    make: Callable[[], Embedder] = request.param
    return make()


def test_queries_together_have_the_vectors_that_each_has_alone(embedder: Embedder) -> None:
    together = embedder.embed_queries(WORDINGS)
    assert together.shape == (len(WORDINGS), embedder.dimension) and together.dtype == np.float32
    assert np.linalg.norm(together, axis=1) == pytest.approx(1.0, abs=0.01)  # bfloat16 has three digits
    for text, vector in zip(WORDINGS, together, strict=True):
        assert vector == pytest.approx(embedder.embed_query(text), abs=0.01)
    assert embedder.embed_queries(WORDINGS[:1])[0] == pytest.approx(embedder.embed_query(WORDINGS[0]), abs=1e-6)


def test_wordings_together_find_what_each_finds_alone(embedder: Embedder, tmp_path: Path) -> None:
    with Index.open(tmp_path / "library", embedder) as index:
        bees = index.add_documents([NEWS, Document(BEES, "Bees")])[1].document_id
        for documents in (None, [bees]):
            alone = [retrieve(wording, 9, index, documents) for wording in WORDINGS]
            for one, other in zip(retrieve_each(WORDINGS, 9, index, documents), alone, strict=True):
                assert scores(one) == pytest.approx(scores(other), abs=0.01)
            found = search(WORDINGS[0], WORDINGS, 9, index, documents)
            joined = alone[0] if alone[0][0].score > SURE else together(alone, [OWN, 1, 1, 1])
            assert scores(found.hits) == pytest.approx(scores(joined), abs=0.01)


def test_each_question_is_one_that_can_be_asked(index: Index) -> None:
    with pytest.raises(QuestionError):
        retrieve_each(["Where is the cat?", " "], index=index)


def scores(hits: list[Hit]) -> dict[int, float]:
    return {hit.passage.id: hit.score for hit in hits}
