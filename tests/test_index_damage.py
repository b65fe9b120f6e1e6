"""What happens to a library outside of Quotewise: each attack ends in one sentence, and loses nothing it need not."""

from __future__ import annotations

import itertools
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import NoReturn

import pytest
from filelock import FileLock

from index import Document, Index, local_store
from index.errors import (
    LibraryDamaged,
    LibraryError,
    LibraryFull,
    LibraryLocked,
    LibraryMismatch,
    LibraryReadOnly,
    QuotewiseError,
)
from tests.fakes import HashEmbedder
from tests.test_index_store import WORDS, agrees_with_brute_force

ROOT = Path(__file__).resolve().parent.parent
NOBODY = 65534


@pytest.fixture
def library(tmp_path: Path) -> Path:
    """A closed library of thirty documents."""
    with Index.open(tmp_path / "library", HashEmbedder()) as index:
        index.add_documents(
            Document(f"{word.capitalize()} number {n} stands by the {WORDS[n]}.", source=f"{word}{n}")
            for n, word in enumerate(WORDS + WORDS[::-1])
            if n < len(WORDS)
        )
    return tmp_path / "library"


def one_sentence(error: pytest.ExceptionInfo[QuotewiseError]) -> None:
    message = str(error.value)
    assert message.endswith(".")
    assert "\n" not in message
    assert "Traceback" not in message


def derived_files(library: Path) -> list[str]:
    files = [library / "vectors.faiss", library / "lexical.json", *(library / "lexical").iterdir()]
    return sorted(str(file.relative_to(library)) for file in files if not file.name.endswith(".lock"))


def cut_in_half(file: Path) -> None:
    os.truncate(file, file.stat().st_size // 2)


def cut_to_nothing(file: Path) -> None:
    os.truncate(file, 0)


def flip_bits(file: Path) -> None:
    content = bytearray(file.read_bytes())
    for place in range(len(content) // 3, len(content), 7):
        content[place] ^= 0xFF
    file.write_bytes(content)


@pytest.mark.parametrize("damage", [cut_in_half, cut_to_nothing, flip_bits, Path.unlink])
def test_any_derived_file_may_be_damaged(library: Path, damage: Callable[[Path], None]) -> None:
    for name in derived_files(library):
        file = library / name
        if not file.exists():  # a rebuild names its segment anew
            continue
        damage(file)
        with Index.open(library, HashEmbedder()) as index:
            agrees_with_brute_force(index)


def test_all_derived_files_may_be_deleted_and_check_says_so(library: Path) -> None:
    shutil.rmtree(library / "lexical")
    (library / "vectors.faiss").unlink()
    with Index.open(library, HashEmbedder()) as index:
        findings = index.check()
        assert ["vectors" in findings[0], "words" in findings[1]] == [True, True]
        assert index.check() == []
        agrees_with_brute_force(index)


@pytest.mark.parametrize("keep", [0, 1, 100, 4096, 0.5, 0.9])
def test_a_truncated_truth_is_said_to_be_damaged(library: Path, keep: float) -> None:
    file = library / "library.sqlite"
    os.truncate(file, int(keep * file.stat().st_size) if isinstance(keep, float) else keep)
    with pytest.raises(LibraryDamaged) as error, Index.open(library, HashEmbedder()) as index:
        index.check()
    one_sentence(error)
    assert "backup" in str(error.value)


def test_a_truth_with_flipped_bits_is_said_to_be_damaged(library: Path) -> None:
    flip_bits(library / "library.sqlite")
    with pytest.raises(LibraryDamaged) as error, Index.open(library, HashEmbedder()) as index:
        index.check()
    one_sentence(error)


def alter(library: Path) -> None:
    with closing(sqlite3.connect(library / "library.sqlite")) as connection, connection:
        connection.execute("UPDATE documents SET text = 'Altered.' WHERE number = 1")


def test_an_altered_text_is_found_by_check(library: Path) -> None:
    alter(library)
    with Index.open(library, HashEmbedder()) as index, pytest.raises(LibraryDamaged) as error:
        index.check()
    one_sentence(error)


def test_a_library_without_its_truth_is_not_silently_begun_anew(library: Path) -> None:
    (library / "library.sqlite").unlink()
    with pytest.raises(LibraryDamaged) as error:
        Index.open(library, HashEmbedder())
    one_sentence(error)
    assert not (library / "library.sqlite").exists()


def test_another_programs_file_is_left_alone(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "library.sqlite")
    connection.execute("CREATE TABLE theirs (x)")
    connection.commit()
    connection.close()
    with pytest.raises(LibraryDamaged, match="not a Quotewise library"):
        Index.open(tmp_path, HashEmbedder())
    (tmp_path / "library.sqlite").write_text("Dear diary, " * 1000)
    with pytest.raises(LibraryDamaged) as error:
        Index.open(tmp_path, HashEmbedder())
    one_sentence(error)


def test_a_newer_schema_asks_for_an_upgrade(library: Path) -> None:
    connection = sqlite3.connect(library / "library.sqlite")
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(LibraryMismatch, match="upgrade Quotewise") as error:
        Index.open(library, HashEmbedder())
    one_sentence(error)


def test_a_locked_library_is_read_and_says_that_it_is_locked_when_written(library: Path) -> None:
    writer = sqlite3.connect(library / "library.sqlite", isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    with Index.open(library, HashEmbedder(), timeout=0.2) as index:
        agrees_with_brute_force(index)
        with pytest.raises(LibraryLocked) as error:
            index.add_documents([Document("One more.")])
        one_sentence(error)
        writer.execute("ROLLBACK")
        assert index.add_documents([Document("One more.")])[0].status == "added"


def test_a_thread_waits_for_another_however_long_that_writes(library: Path) -> None:
    with Index.open(library, HashEmbedder(), timeout=0.1) as index:
        begun = threading.Event()

        def write() -> None:
            with index._store._database.write():  # type: ignore[attr-defined]
                begun.set()
                time.sleep(0.8)

        writer = threading.Thread(target=write)
        writer.start()
        assert begun.wait(10)
        assert index.add_documents([Document("One more.")])[0].status == "added"
        assert not writer.is_alive()


def test_a_library_that_another_process_is_making_is_waited_for(tmp_path: Path) -> None:
    maker = sqlite3.connect(tmp_path / "library.sqlite", isolation_level=None, check_same_thread=False)
    maker.execute("BEGIN IMMEDIATE")
    with pytest.raises(LibraryLocked) as error:
        Index.open(tmp_path, HashEmbedder(), timeout=0.1)
    one_sentence(error)
    soon = threading.Timer(0.3, maker.execute, ["COMMIT"])
    soon.start()
    with Index.open(tmp_path, HashEmbedder(), timeout=60) as index:
        assert index.add_documents([Document("One.")])[0].status == "added"
    soon.join()


def test_a_search_does_not_wait_for_another_process_at_work_on_the_caches(library: Path) -> None:
    with Index.open(library, HashEmbedder()) as index, Index.open(library, HashEmbedder()) as other:
        agrees_with_brute_force(index)
        with FileLock(library / "caches.lock"):
            other._store._caches.settle = lambda: None  # type: ignore[attr-defined]
            other.add_documents([Document("Zephyr.")])
            assert index.lexical("zephyr", 3) == []  # the state before
            assert index.dense("zephyr", 1)[0].passage.text == "Zephyr."
        agrees_with_brute_force(index)


def test_a_library_that_is_deleted_while_open_takes_no_more_documents(library: Path) -> None:
    with Index.open(library, HashEmbedder()) as index:
        shutil.rmtree(library)
        with pytest.raises(LibraryError, match="deleted or moved") as error:
            index.add_documents([Document("One more.")])
        one_sentence(error)


def test_a_file_is_no_place_for_a_library(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("text")
    for place in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(LibraryError, match="is a file") as error:
            Index.open(place, HashEmbedder())
        one_sentence(error)
    with pytest.raises(LibraryError, match="not a folder"):
        Index.open("postgres://host/library", HashEmbedder())


READ_ONLY = """
import os, sys
from index import Document, Index
from index.errors import QuotewiseError
from tests.fakes import HashEmbedder
from tests.test_index_store import agrees_with_brute_force
if os.geteuid() == 0:
    os.setgid({nobody}); os.setuid({nobody})
index = Index.open(sys.argv[1], HashEmbedder())
agrees_with_brute_force(index)
for act in (lambda: index.add_documents([Document("One more.")]), lambda: index.remove(index.documents()[0].id)):
    try:
        act()
    except QuotewiseError as error:
        print(type(error).__name__, error)
try:
    Index.open(sys.argv[1] + "/new", HashEmbedder())
except QuotewiseError as error:
    print(type(error).__name__, error)
"""


@pytest.fixture
def read_only(library: Path) -> Iterator[Path]:
    """The library where another user may read it and nobody may write."""
    with tempfile.TemporaryDirectory() as place:
        Path(place).chmod(0o755)
        copy = Path(shutil.copytree(library, Path(place, "library")))
        permit(copy, 0o555)
        yield copy
        permit(copy, 0o755)


def permit(library: Path, mode: int) -> None:
    for path in (library, *library.rglob("*")):
        path.chmod(mode if path.is_dir() else mode & 0o666)


@contextmanager
def written(library: Path) -> Iterator[Index]:
    """The library open where its owner may write, and nobody again afterwards."""
    permit(library, 0o755)
    try:
        with Index.open(library, HashEmbedder()) as index:
            yield index
    finally:
        permit(library, 0o555)


READER = """
import os, sys
from index import Index
from index.errors import QuotewiseError
from tests.fakes import HashEmbedder
from tests.test_index_store import agrees_with_brute_force
if os.geteuid() == 0:
    os.setgid({nobody}); os.setuid({nobody})
def open_it():
    global index
    index = Index.open(sys.argv[1], HashEmbedder())
    return "opened"
def ask():
    agrees_with_brute_force(index)
    return f"{{len(index.documents())}} documents"
def check():
    return " ".join(index.check())
def read_slowly():
    with index._store._database.read():
        print(len(index.documents()), "documents", flush=True)
        sys.stdin.readline()
        return f"{{len(index.documents())}} documents"
for act in iter(sys.stdin.readline, ""):
    try:
        print(globals()[act.strip()](), flush=True)
    except QuotewiseError as error:
        print(type(error).__name__, error, flush=True)
"""


@contextmanager
def another_user(library: Path) -> Iterator[Callable[[str], str]]:
    """A process that may not write: what it is told to do with the library becomes the line that it prints."""
    process = subprocess.Popen(
        [sys.executable, "-c", READER.format(nobody=NOBODY), str(library)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )

    def tell(act: str) -> str:
        assert process.stdin is not None and process.stdout is not None
        with suppress(BrokenPipeError):
            process.stdin.write(f"{act}\n")
            process.stdin.flush()
        line = process.stdout.readline()
        if not line:
            errors = process.communicate()[1]
            skip_where_unreadable(errors)
            pytest.fail(errors)
        return line.rstrip("\n")

    try:
        yield tell
    finally:
        process.kill()
        process.communicate()


def skip_where_unreadable(errors: str) -> None:
    last = errors.rstrip().rpartition("\n")[2]
    closed = re.match(rf"PermissionError: .*'{re.escape(str(ROOT))}", last)
    if closed or re.match("ModuleNotFoundError: No module named '(index|qa|tests)['.]", last):
        pytest.skip("another user cannot read this checkout")


@pytest.mark.slow
def test_a_read_only_folder_can_be_asked_but_not_added_to(read_only: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", READ_ONLY.format(nobody=NOBODY), str(read_only)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        skip_where_unreadable(done.stderr)
    assert done.returncode == 0, done.stderr
    assert [line.split()[0] for line in done.stdout.splitlines()] == [LibraryReadOnly.__name__] * 3, done.stdout


@pytest.mark.slow
def test_a_reader_who_may_not_write_follows_what_the_owner_changes(read_only: Path) -> None:
    with another_user(read_only) as tell:
        assert [tell("open_it"), tell("ask")] == ["opened", "15 documents"]
        with written(read_only) as index:
            index.add_documents(Document(f"{word.capitalize()} is new here.") for word in WORDS)
            for document in index.documents()[:5]:
                index.remove(document.id)
        assert tell("ask") == "25 documents"
        with written(read_only) as index:
            index.add_documents([Document("One more.")])
            assert tell("ask") == "26 documents"
            index.remove(index.documents()[0].id)
            assert tell("ask") == "25 documents"
        assert tell("ask") == "25 documents"


@pytest.mark.slow
def test_a_reader_who_may_not_write_is_told_that_the_library_was_deleted(read_only: Path) -> None:
    with another_user(read_only) as tell:
        assert [tell("open_it"), tell("ask")] == ["opened", "15 documents"]
        permit(read_only, 0o755)
        (read_only / "library.sqlite").unlink()
        permit(read_only, 0o555)
        assert tell("ask").startswith(f"LibraryError The library {read_only} was deleted or moved")


@pytest.mark.slow
def test_what_is_read_while_the_owner_changes_it_is_not_used_and_nothing_is_said_to_be_damaged(read_only: Path) -> None:
    with another_user(read_only) as tell:
        assert [tell("open_it"), tell("read_slowly")] == ["opened", "15 documents"]
        with written(read_only) as index:
            index.add_documents(Document(f"{word} " * 2000) for word in WORDS)
            for document in index.documents()[:10]:
                index.remove(document.id)
        said = tell("goes on")
        assert said.startswith("LibraryError") and said.endswith(
            "was changed by another process while it was read; ask again."
        )
        assert tell("ask") == "20 documents"


@pytest.mark.parametrize(
    ("damage", "act"), [(lambda library: flip_bits(library / "library.sqlite"), "ask"), (alter, "check")]
)
def test_who_may_not_write_is_not_told_to_delete_what_is_damaged(
    read_only: Path, damage: Callable[[Path], None], act: str
) -> None:
    damage(read_only)
    with another_user(read_only) as tell:
        assert tell("open_it") == "opened"
        said = tell(act)
    assert said.startswith("LibraryDamaged") and said.endswith("restore it from a backup.") and "delete" not in said


def test_who_may_not_write_may_check(read_only: Path) -> None:
    with another_user(read_only) as tell:
        assert [tell("open_it"), tell("check")[:38]] == ["opened", "The words are indexed in memory only ("]
        assert tell("ask") == "15 documents"
        with written(read_only) as index:
            index.add_documents([Document("One more.")])
            permit(read_only, 0o555)
            assert [tell("check")[:38], tell("ask")] == ["The words are indexed in memory only (", "16 documents"]


def test_check_says_that_another_process_is_at_work_on_the_caches(
    library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.caches.LOCK_SECONDS", 0.1)
    with Index.open(library, HashEmbedder()) as index:
        with FileLock(library / "caches.lock"), pytest.raises(LibraryLocked, match="try again") as error:
            index.check()
        one_sentence(error)
        assert index.check() == []


def test_check_says_that_the_words_are_in_memory_where_their_index_cannot_be_written(
    library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> NoReturn:
        raise ValueError("Failed to acquire Lockfile: LockBusy.")  # as Tantivy says it

    with Index.open(library, HashEmbedder()) as index:
        with monkeypatch.context() as busy:
            busy.setattr("index.caches.Caches._lexical_on_disk", refuse)
            (finding,) = index.check()
            assert finding.startswith("The words are indexed in memory only (Failed to acquire")
            agrees_with_brute_force(index)
        assert "words" in index.check()[0]
        agrees_with_brute_force(index)


def test_vectors_of_another_length_ask_for_a_rebuild_of_this_library(library: Path) -> None:
    place = library.rename(library.with_name("my library"))
    with Index.open(place, HashEmbedder(dimension=32)) as wrong, pytest.raises(LibraryMismatch) as error:
        wrong.dense("amber", 1)
    one_sentence(error)
    assert f"`quotewise rebuild --library '{place}'`" in str(error.value)


def test_changes_that_were_not_merged_ask_for_a_folder_that_can_be_written_to(library: Path) -> None:
    from index.database import Database

    database = Database(library / "library.sqlite", 1)
    (library / "library.sqlite-wal").write_bytes(b"something")
    with pytest.raises(LibraryReadOnly, match="still to be merged") as error:
        database._refuse_unmerged()
    one_sentence(error)


@contextmanager
def small_disk(place: Path, size: str) -> Iterator[Path]:
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(place)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("a small disk cannot be mounted here (it takes root)")
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=False)


@pytest.mark.slow
def test_a_full_disk_keeps_what_was_added_before(tmp_path: Path) -> None:
    with small_disk(tmp_path / "small", "1500k") as place:
        index = Index.open(place / "library", HashEmbedder())
        index.add_documents([Document("The first one stays.", source="first")])
        big = [Document(f"{n} " + "amber birch " * 2000, source=f"big{n}") for n in range(60)]
        with pytest.raises(LibraryFull) as error:
            index.add_documents(big)
        one_sentence(error)
        kept = index.documents()
        assert kept[0].text == "The first one stays."
        assert all(document.text == big[n].text for n, document in enumerate(kept[1:]))
        agrees_with_brute_force(index)
        index.close()
        agrees_with_brute_force(Index.open(place / "library", HashEmbedder()))


@pytest.mark.parametrize("size", ["16k", "64k"])
def test_a_library_on_a_disk_without_room_for_it_asks_for_space(tmp_path: Path, size: str) -> None:
    with small_disk(tmp_path / "small", size) as place:
        with pytest.raises(LibraryFull, match="free some space") as error:
            Index.open(place / "library", HashEmbedder())
        one_sentence(error)
        subprocess.run(["mount", "-o", "remount,size=4m", str(place)], check=True)
        with Index.open(place / "library", HashEmbedder()) as index:
            index.add_documents([Document("The first one.")])
            agrees_with_brute_force(index)


@pytest.mark.parametrize("look", range(4))
def test_a_library_that_another_process_creates_meanwhile_is_not_half_deleted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, look: int
) -> None:
    looked = itertools.count()
    size = local_store._size
    first: list[Index] = []

    def create_then_look(folder: Path, name: str) -> int | None:
        if next(looked) == look:
            first.append(Index.open(folder, HashEmbedder()))  # it stays open, and its log with it
        return size(folder, name)

    monkeypatch.setattr(local_store, "_size", create_then_look)
    with Index.open(tmp_path / "library", HashEmbedder()) as second:
        second.add_documents([Document("Made at once.")])
        assert len(second.documents()) == 1
    first.pop().close()


def test_two_processes_may_create_the_same_library_at_once(tmp_path: Path) -> None:
    failures: list[BaseException] = []

    def create(n: int) -> None:
        try:
            Index.open(tmp_path / "library", HashEmbedder()).add_documents([Document(f"Document {n}.")])
        except BaseException as error:  # noqa: BLE001 - the main thread reports it
            failures.append(error)

    threads = [threading.Thread(target=create, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert len(Index.open(tmp_path / "library", HashEmbedder()).documents()) == 8
