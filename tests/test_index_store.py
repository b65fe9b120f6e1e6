"""Contract tests of the store: whatever happens to it, its rankings are those of brute force over its documents."""

from __future__ import annotations

import math
import random
import shlex
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from index import Document, Hit, Index, Passage
from index.context import in_context, split_in_context
from index.embed import Vectors
from index.errors import LibraryError, LibraryMismatch, UnknownDocument
from index.lexical import _analyzer
from tests.fakes import ROOT, HashEmbedder

WORDS = ["amber", "birch", "cedar", "dune", "ember", "fjord", "grove", "heath", "islet", "jetty"]
WORDS += ["knoll", "ledge", "marsh", "notch", "oasis"]


def some_document(random: random.Random, source: str = "") -> Document:
    paragraphs = [" ".join(random.choices(WORDS, k=random.randint(3, 60))).capitalize() + "." for _ in range(4)]
    return Document("\n\n".join(paragraphs), title=random.choice(WORDS), source=source)


def all_passages(index: Index) -> list[Passage]:
    return [p for d in index.documents() for p in split_in_context(d, index.embedder)]


def brute_force_dense(index: Index, passages: list[Passage], query: str) -> dict[tuple[str, int], float]:
    """Score every passage with the float16 vectors that a library keeps."""
    vectors = index.embedder.embed_passages([in_context(p) for p in passages]).astype(np.float16).astype(np.float32)
    scores = vectors @ index.embedder.embed_query(query) if passages else np.empty(0)
    return {(p.document_id, p.start): float(score) for p, score in zip(passages, scores, strict=True)}


def brute_force_lexical(passages: list[Passage], query: str) -> dict[tuple[str, int], float]:
    """Score every passage by BM25 as Lucene and Tantivy define it (k1 = 1.2, b = .75), by counting."""
    bags = [Counter(_analyzer().analyze(in_context(p))) for p in passages]
    lengths = [_kept_length(bag.total()) for bag in bags]
    average = sum(bag.total() for bag in bags) / max(1, len(bags))
    scores: dict[tuple[str, int], float] = {}
    for word in set(_analyzer().analyze(query)):
        holding = sum(word in bag for bag in bags)
        idf = math.log(1 + (len(bags) - holding + 0.5) / (holding + 0.5))
        for passage, bag, length in zip(passages, bags, lengths, strict=True):
            if word in bag:
                weight = bag[word] * 2.2 / (bag[word] + 1.2 * (0.25 + 0.75 * length / average))
                key = (passage.document_id, passage.start)
                scores[key] = scores.get(key, 0.0) + idf * weight
    return scores


def _kept_length(length: int) -> int:
    """Tantivy keeps lengths in one byte: exact to 40, then in steps of an eighth of the power of two below."""
    if length <= 40:
        return length
    step = 1 << ((length - 24).bit_length() - 4)
    return 24 + (length - 24) // step * step


def keyed(hits: list[Hit]) -> dict[tuple[str, int], float]:
    return {(hit.passage.document_id, hit.passage.start): hit.score for hit in hits}


def agrees_with_brute_force(index: Index) -> None:
    documents, passages = {d.id: d for d in index.documents()}, all_passages(index)
    for query in ("amber fjord", "the knoll of marsh and dune", "nothing of it"):
        for hits, truth in (
            (index.dense(query, 10_000), brute_force_dense(index, passages, query)),
            (index.lexical(query, 10_000), brute_force_lexical(passages, query)),
        ):
            assert keyed(hits) == pytest.approx(truth, abs=2e-3)
            assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
            for passage in (hit.passage for hit in hits):
                document = documents[passage.document_id]
                assert document.text[passage.start : passage.end] == passage.text
                assert (passage.title, passage.source) == (document.title, document.source)
    assert len(index) == len(passages)


@pytest.mark.parametrize("seed", range(6))
def test_any_history_of_changes_leaves_what_brute_force_finds(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    index, other = (Index.open(tmp_path / "library", HashEmbedder()) for _ in range(2))
    for _ in range(12):
        match chance.choice(["add", "add", "replace", "remove", "reopen", "forget", "check"]):
            case "add":
                index.add_documents([some_document(chance, source=str(chance.randint(0, 99))) for _ in range(3)])
            case "replace":
                other.add_documents([some_document(chance, source=str(chance.randint(0, 99)))])
            case "remove" if index.documents():
                other.remove(chance.choice(index.documents()).id)
            case "reopen":
                index.close()
                index = Index.open(tmp_path / "library", HashEmbedder())
            case "forget":
                (tmp_path / "library" / "vectors.faiss").unlink(missing_ok=True)
                (tmp_path / "library" / "lexical.json").unlink(missing_ok=True)
            case "check":
                index.check()
        agrees_with_brute_force(index)
        agrees_with_brute_force(other)


def test_the_best_k_are_the_first_k(index: Index) -> None:
    everything = index.dense("black cat sleep", 100)
    assert index.dense("black cat sleep", 2) == everything[:2]
    assert everything[0].passage.title == "Cats"
    assert index.dense("cat", 0) == index.lexical("cat", 0) == []


def test_adding_the_same_again_is_no_work(index: Index) -> None:
    embedder = index.embedder
    assert isinstance(embedder, HashEmbedder)
    embedder.embedded.clear()
    report = index.add_documents(
        [Document("Dogs bark at night.\n\nThey sleep by day.", source="dogs.txt"), Document("Whales sing under water.")]
    )
    assert [line.status for line in report] == ["unchanged", "unchanged"]
    assert report.passages == 0
    assert embedder.embedded == []


def test_a_changed_text_replaces_the_old_one_at_its_source(index: Index) -> None:
    before = len(index)
    report = index.add_documents([Document("Dogs are quiet now.", source="dogs.txt")])
    assert [line.status for line in report] == ["replaced"]
    assert len(index) == before
    assert index.lexical("bark", 5) == []
    assert [hit.passage.text for hit in index.lexical("quiet", 5)] == ["Dogs are quiet now."]


def test_the_same_text_from_two_sources_is_kept_once_and_named_with_both(index: Index) -> None:
    before = len(index)
    report = index.add_documents([Document("The cat sat on the mat. It was black.", source="copy.txt")])
    assert (report[0].status, report[0].passages, len(index)) == ("unchanged", 0, before)
    assert index.dense("black cat", 1)[0].passage.source == "cats.txt; copy.txt"
    index.add_documents([Document("No cat is here.", source="cats.txt")])
    assert index.lexical("mat", 1)[0].passage.source == "copy.txt"


def test_a_source_that_several_documents_share_is_a_collection(tmp_path: Path) -> None:
    index = Index.open(tmp_path, HashEmbedder())
    first = [Document(f"Note {word}.", source="notes") for word in WORDS[:3]]
    assert [line.status for line in index.add_documents(first)] == ["added"] * 3
    assert [line.status for line in index.add_documents([Document("Note oasis.", source="notes")])] == ["added"]
    assert len(index.documents()) == 4
    assert index.add_documents(first).count("unchanged") == 3


def test_a_document_named_again_in_the_same_run_stays(tmp_path: Path) -> None:
    index = Index.open(tmp_path, HashEmbedder())
    index.add_documents([Document("One.", source="s")])
    index.add_documents([Document("One.", source="s"), Document("Two.", source="s")])
    assert [d.text for d in index.documents()] == ["One.", "Two."]


def test_removal_leaves_nothing_behind(tmp_path: Path) -> None:
    index = Index.open(tmp_path / "library", HashEmbedder())
    index.add_documents([Document("The password is xyzzyplugh.", source="secret.txt"), Document("Plain text.")])
    index.remove(index.documents()[0].id)
    index.close()
    left = [f for f in (tmp_path / "library").rglob("*") if f.is_file() and b"xyzzyplugh" in f.read_bytes().lower()]
    assert left == []
    with pytest.raises(UnknownDocument, match="quotewise list"):
        index.remove("no such id")


def test_a_document_without_text_fails_alone(index: Index) -> None:
    report = index.add_documents([Document(" \n "), Document("Bees hum.")])
    assert [line.status for line in report] == ["failed", "added"]
    assert "no text" in report[0].why


def test_texts_that_no_file_can_hold_are_kept_with_their_offsets(tmp_path: Path) -> None:
    index = Index.open(tmp_path, HashEmbedder())
    index.add_documents([Document("A\0B \ud800 end.", title="\udfff", source="\ud800")])
    assert index.documents()[0].text == "A\ufffdB \ufffd end."
    assert index.quote(index.documents()[0].id, 6, 10) == "end."


def test_another_model_or_splitter_is_refused_with_the_command_that_rebuilds(tmp_path: Path) -> None:
    with Index.open(tmp_path, HashEmbedder()) as index:
        index.add_documents([Document("The cat sat on the mat."), Document("Dogs bark.")])
    with pytest.raises(LibraryMismatch, match="quotewise rebuild"):
        Index.open(tmp_path, HashEmbedder(name="another"))
    steps: list[int] = []
    other = HashEmbedder(dimension=32, name="another")
    rebuilt = Index.rebuild(tmp_path, other, lambda step: steps.append(step.passages))
    agrees_with_brute_force(rebuilt)
    assert steps[-1] == 2
    with pytest.raises(LibraryMismatch, match="quotewise rebuild"):
        Index.open(tmp_path, HashEmbedder())


def test_the_command_that_rebuilds_names_the_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "Anna's notes"
    Index.open(folder.name, HashEmbedder(dimension=64)).add_documents([Document("The cat sat.")])
    with pytest.raises(LibraryMismatch) as other_model:
        Index.open(folder.name, HashEmbedder(name="another"))
    with pytest.raises(LibraryMismatch) as other_length:
        Index.open(folder.name, HashEmbedder(dimension=32)).add_documents([Document("Dogs bark.")])
    for error in (other_model, other_length):
        command = str(error.value).split("`")[1]
        assert shlex.split(command) == ["quotewise", "rebuild", "--library", str(folder)]


def test_an_open_library_stays_the_same_wherever_the_program_goes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path)
    with Index.open("library", HashEmbedder()) as index:
        monkeypatch.chdir("elsewhere")
        index.add_documents([Document("The cat sat on the mat."), Document("Dogs bark.")])
        agrees_with_brute_force(index)
        assert index.check() == []
        assert index.location == tmp_path / "library"
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_an_open_library_that_another_process_rebuilt_is_refused(tmp_path: Path) -> None:
    old = Index.open(tmp_path, HashEmbedder())
    old.add_documents([Document("The cat sat on the mat.")])
    old.dense("cat", 1)
    Index.rebuild(tmp_path, HashEmbedder(dimension=32, name="another"))
    with pytest.raises(LibraryMismatch):
        old.dense("cat", 1)
    with pytest.raises(LibraryMismatch):
        old.add_documents([Document("Dogs bark.")])


def test_a_document_that_was_embedded_before_a_rebuild_is_refused_after_it(tmp_path: Path) -> None:
    class Slow(HashEmbedder):
        def embed_passages(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> Vectors:
            if "slowly" in texts[0]:
                Index.rebuild(tmp_path, HashEmbedder(name="another"))
            return super().embed_passages(texts, progress)

    index = Index.open(tmp_path, Slow())
    index.add_documents([Document("Dogs bark.")])
    with pytest.raises(LibraryMismatch):
        index.add_documents([Document("Snails move slowly.")])
    with Index.open(tmp_path, HashEmbedder(name="another")) as rebuilt:
        assert [d.text for d in rebuilt.documents()] == ["Dogs bark."]
        agrees_with_brute_force(rebuilt)


def test_vectors_of_another_length_are_refused(tmp_path: Path) -> None:
    Index.open(tmp_path, HashEmbedder(dimension=64)).add_documents([Document("The cat sat.")])
    wrong = Index.open(tmp_path, HashEmbedder(dimension=32))
    with pytest.raises(LibraryMismatch, match="length 64"):
        wrong.dense("cat", 1)
    with pytest.raises(LibraryMismatch, match="length 64"):
        wrong.add_documents([Document("Dogs bark.")])
    assert len(wrong.documents()) == 1


@pytest.mark.slow
def test_threads_may_search_and_add_at_once(tmp_path: Path) -> None:
    index = Index.open(tmp_path, HashEmbedder(), timeout=240)  # six wait for each other, also on a busy machine
    failures: list[BaseException] = []

    def work(seed: int) -> None:
        chance = random.Random(seed)
        try:
            for _ in range(8):
                index.add_documents([some_document(chance)])
                hits = index.dense("amber", 5) + index.lexical("amber", 5)
                assert all(index.quote(h.passage.document_id, h.passage.start, h.passage.end) for h in hits)
        except BaseException as error:  # noqa: BLE001 - the main thread reports it
            failures.append(error)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert len(index.documents()) == 48
    agrees_with_brute_force(index)


def test_a_cache_of_another_history_is_noticed(tmp_path: Path) -> None:
    """A library put back from a backup may reach the same generation again with other documents."""
    library, backup = tmp_path / "library", tmp_path / "backup.sqlite"
    with Index.open(library, HashEmbedder()) as index:
        index.add_documents([Document("Amber and birch.")])
    backup.write_bytes((library / "library.sqlite").read_bytes())
    with Index.open(library, HashEmbedder()) as index:
        index.add_documents([Document("Cedar and dune.")])
    (library / "library.sqlite").write_bytes(backup.read_bytes())
    with Index.open(library, HashEmbedder()) as index:
        index._store._caches.settle = lambda: None  # type: ignore[attr-defined]
        index.add_documents([Document("Ember and fjord.")])
    with Index.open(library, HashEmbedder()) as index:
        agrees_with_brute_force(index)


def test_a_long_run_that_is_interrupted_goes_on_where_it_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.add.BATCH_PASSAGES", 64)
    monkeypatch.setattr("index.add.STAGED_PASSAGES", 128)
    chance = random.Random(1)
    book = Document("\n\n".join(" ".join(chance.choices(WORDS, k=100)) + "." for _ in range(190)), source="book")
    embedder = HashEmbedder()
    index = Index.open(tmp_path, embedder)

    def interrupt(_: object) -> None:
        if len(embedder.embedded) > 138:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        index.add_documents([book], progress=interrupt)
    assert index.documents() == []
    done = len(embedder.embedded)
    embedder.embedded.clear()
    report = index.add_documents([book])
    assert report[0].status == "added"
    assert len(embedder.embedded) <= report.passages - 128 < report.passages <= len(embedder.embedded) + done
    agrees_with_brute_force(index)


def test_whether_there_is_a_library_is_told_without_making_one(tmp_path: Path) -> None:
    assert not Index.exists(tmp_path / "library") and not Index.exists(tmp_path)
    assert list(tmp_path.iterdir()) == []
    Index.open(tmp_path / "library", HashEmbedder()).close()
    assert Index.exists(tmp_path / "library") and Index.exists(str(tmp_path / "library"))
    (tmp_path / "half").mkdir()
    (tmp_path / "half" / "vectors.faiss").write_bytes(b"")
    assert Index.exists(tmp_path / "half"), "what is left of a library is not made anew"
    (tmp_path / "file").write_text("text")
    with pytest.raises(LibraryError, match="is a file"):
        Index.exists(tmp_path / "file")


def test_what_cannot_be_looked_at_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "library.sqlite").symlink_to("x" * 300)
    for look in (Index.exists, lambda place: Index.open(place, HashEmbedder())):
        for place in (tmp_path, tmp_path / ("x" * 300)):
            with pytest.raises(LibraryError, match=r"^[^\n]+ \(File name too long\)[^\n]+\.$"):
                look(place)


CLOSED = """
import os, sys
from index import Index
from index.errors import LibraryError
from tests.fakes import HashEmbedder
import index.local_store
if os.geteuid() == 0:
    os.setgid(65534); os.setuid(65534)
for look in (Index.exists, lambda place: Index.open(place, HashEmbedder())):
    for place in sys.argv[1:]:
        try:
            look(place)
        except LibraryError as error:
            print(error)
"""


def test_a_library_that_somebody_else_closed_is_one_sentence() -> None:
    with tempfile.TemporaryDirectory() as place:
        Path(place).chmod(0o755)
        closed = Path(place, "closed")
        Index.open(closed / "below", HashEmbedder()).close()
        closed.chmod(0)
        command = [sys.executable, "-c", CLOSED, str(closed), str(closed / "below")]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        closed.chmod(0o700)
    if "ModuleNotFoundError" in done.stderr:
        pytest.skip("another user cannot read this checkout")
    assert done.stderr == ""
    assert done.stdout.count("(Permission denied)") == done.stdout.count(".\n") == 4, done.stdout
