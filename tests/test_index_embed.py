"""Queries that are embedded together are embedded as each of them is alone, by every embedder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.page import MadeUp
from index import Document, Hit, Index, load_embedder
from index.embed import MIDDLE, Embedder, SentenceTransformerEmbedder, token_embedder
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


def test_a_token_has_its_range_and_the_vector_that_the_model_itself_gives_it_in_its_middle() -> None:
    import torch

    text = "Zürich's naïve café 🙂 sold (İstanbul) teas"
    model = load_embedder()._loaded[0]
    bert: Any = model[0].auto_model
    ranges, vectors = load_embedder().embed_tokens(text)
    with torch.inference_mode():
        read = model.tokenizer(text, return_tensors="pt")
        expected = bert(**read, output_hidden_states=True).hidden_states[MIDDLE][0].float().numpy()
    assert vectors.shape == expected.shape == (len(ranges), load_embedder().dimension)
    assert vectors == pytest.approx(expected, abs=0.05)  # bfloat16 has three digits
    said = [text[start:end] for start, end in ranges]
    assert said[0] == said[-1] == "" and {"Zürich", "café", "sold"} <= set(said)


@pytest.mark.parametrize("text", ["", "\n", "\0", "🙂", "word " * 5000, "x" * 9000], ids=repr)
def test_any_text_has_its_tokens_embedded_as_far_as_the_window_goes(text: str) -> None:
    ranges, vectors = load_embedder().embed_tokens(text)
    assert len(ranges) == len(vectors) <= 256 and np.isfinite(vectors).all()


def test_only_the_packaged_model_is_known_in_its_middle() -> None:
    assert token_embedder(load_embedder()) is load_embedder()
    assert token_embedder(HashEmbedder()) is None
    assert token_embedder(SentenceTransformerEmbedder("other")) is None


def test_each_question_is_one_that_can_be_asked(index: Index) -> None:
    with pytest.raises(QuestionError):
        retrieve_each(["Where is the cat?", " "], index=index)


def scores(hits: list[Hit]) -> dict[int, float]:
    return {hit.passage.id: hit.score for hit in hits}
