"""Loading: any encoding that people have, one clear sentence for what cannot be loaded, and no way out of a folder."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import index.load
from index.errors import LoadError
from index.load import LOADERS, find_files, load, source_of, title_of
from index.load.text import decode
from tests.fakes import ROOT

SEED = ROOT / "seeds" / "000_27aeb8208ba78d4f.txt"

ENGLISH = "The café’s owner said “we are closed” – for now.\nThe naïve visitor paid £5 and left.\n"
GERMAN = "Die Bürgermeisterin erklärte, die Straße über den Fluß werde gesperrt. „Wir müssen prüfen“, sagte sie.\n"
FRENCH = "« C'est très bien », a déclaré le préfet. Où êtes-vous allés cet été ? Ça n'a pas été décidé.\n"
SWEDISH = "Både Åsa och Örjan åkte till Göteborg för att träffa sina föräldrar och äta smörgås.\n"
POLISH = "Wczoraj mieszkańcy miasta zgłosili, że woda w rzece wzrosła. Łódź płynęła powoli, a dzieci śmiały się.\n"
RUSSIAN = "Вчера вечером жители города собрались на площади и обсуждали погоду. Завтра будет лучше, говорят они.\n"
GREEK = "Χθες το βράδυ οι κάτοικοι της πόλης συγκεντρώθηκαν στην πλατεία και συζητούσαν για τον καιρό.\n"
ARABIC = "اجتمع سكان المدينة مساء أمس في الساحة وتحدثوا عن الطقس. غدا سيكون أفضل كما يقولون.\n"
JAPANESE = "昨夜、市民は広場に集まり、天気について話しました。明日はもっと良くなるだろうと言っています。\n"
CHINESE = "昨天晚上，市民们聚集在广场上谈论天气。他们说明天会更好。这是一个测试文件。\n"
KOREAN = "어젯밤 시민들이 광장에 모여 날씨에 대해 이야기했습니다. 내일은 더 나아질 것이라고 합니다.\n"


def write(folder: Path, content: bytes, name: str = "file.txt") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("text", [ENGLISH, GERMAN, POLISH, RUSSIAN, GREEK, ARABIC, JAPANESE, CHINESE, KOREAN, "a\n"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_unicode_encodings(tmp_path: Path, text: str, encoding: str) -> None:
    assert load(write(tmp_path, text.encode(encoding))).text == text


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        *((text, "cp1252") for text in (ENGLISH, GERMAN, FRENCH, SWEDISH, "a café", "£5")),
        *((POLISH, "cp1250"), (POLISH, "iso8859_2"), (RUSSIAN, "cp1251"), (RUSSIAN, "koi8_r"), (GREEK, "cp1253")),
        *((ARABIC, "cp1256"), (JAPANESE, "shift_jis"), (JAPANESE, "euc_jp"), (CHINESE, "gbk"), (KOREAN, "euc_kr")),
    ],
)
@pytest.mark.parametrize("times", [1, 1000])
def test_older_encodings(tmp_path: Path, text: str, encoding: str, times: int) -> None:
    assert load(write(tmp_path, (text * times).encode(encoding))).text == text * times


def test_a_damaged_letter_does_not_change_the_encoding() -> None:
    content = (RUSSIAN * 10).encode()
    assert decode(content[:-2], "cut").startswith(RUSSIAN * 9)
    assert decode(content[:301] + b"\xff" + content[301:], "damaged").endswith(RUSSIAN * 7)


def test_line_ends_are_line_feeds(tmp_path: Path) -> None:
    assert load(write(tmp_path, b"\xef\xbb\xbfone\r\ntwo\rthree\n\r\nfour")).text == "one\ntwo\nthree\n\nfour"


@given(st.binary(max_size=200))
def test_any_bytes_become_a_text_or_a_clear_error(content: bytes) -> None:
    try:
        text = decode(content, "any.txt")
    except LoadError:
        with pytest.raises(LoadError, match="is not a text"):
            decode(content, "any.txt")
    else:
        assert decode(content, "any.txt") == text


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is empty"),
        (b"\xef\xbb\xbf", "is empty"),
        (b" \r\n\t\n", "is empty"),
        (b"\0" * 100, "binary"),
        (b"text with a \0 in it and more text", "binary"),
        (bytes(range(256)) * 40, "binary"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\1\0\0\0\1\0\x08\x06\0\0\0", "binary"),
        (b"\x01\x02\x03\x04 words \x05\x06" * 50, "binary"),
        (os.urandom(5000), "binary"),
    ],
)
def test_files_without_text(tmp_path: Path, content: bytes, says: str) -> None:
    path = write(tmp_path, content)
    with pytest.raises(LoadError, match=says) as raised:
        load(path)
    assert str(path) in str(raised.value) and "\n" not in str(raised.value)


def test_what_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(LoadError, match=r"no file .*missing\.txt; check"):
        load(tmp_path / "missing.txt")
    with pytest.raises(LoadError, match="folder"):
        load(tmp_path)
    os.mkfifo(tmp_path / "pipe.txt")
    with pytest.raises(LoadError, match="a device or a pipe"):
        load(tmp_path / "pipe.txt")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "socket.txt"))
        with pytest.raises(LoadError, match="a device or a pipe"):
            load(tmp_path / "socket.txt")
    with pytest.raises(LoadError, match="device"):
        load("/dev/zero")
    (tmp_path / "loop.txt").symlink_to(tmp_path / "loop.txt")
    for name in (
        tmp_path / "loop.txt",
        tmp_path / ("x" * 300 + ".txt"),
        "nul\0.txt",
        tmp_path / "missing.txt" / "a.txt",
    ):
        with pytest.raises(LoadError):
            load(name)


def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    path = write(tmp_path, b"text")
    path.chmod(0)
    if os.access(path, os.R_OK):
        pytest.skip("this user may read everything")
    with pytest.raises(LoadError, match="may not be read"):
        load(path)


def test_a_file_that_may_not_be_read_by_anyone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    path = write(tmp_path, b"text")
    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(LoadError, match="may not be read; change its permissions"):
        load(path)


def test_a_file_that_is_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index.load, "MAX_FILE_BYTES", 1_000_000)
    with pytest.raises(LoadError, match=r"too large \(2 MB, more than 1 MB\)"):
        load(write(tmp_path, b"a" * 2_000_000))
    assert len(load(write(tmp_path, b"a" * 1_000_000)).text) == 1_000_000


def test_an_unknown_format_names_the_known_ones(tmp_path: Path) -> None:
    for name in ("file.xyz", "file", ".txt"):
        with pytest.raises(LoadError, match=r"\.markdown, \.md, \.text or \.txt"):
            load(write(tmp_path, b"text", name))
    assert load(write(tmp_path, b"text", "LOUD.TXT")).text == "text"


def test_one_file_has_one_source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path, b"text")
    (tmp_path / "folder").mkdir()
    (tmp_path / "link.txt").symlink_to(path)
    monkeypatch.chdir(tmp_path / "folder")
    names: list[Path | str] = [path, str(path), "../file.txt", tmp_path / "folder" / ".." / "file.txt", "../link.txt"]
    assert {load(name).source for name in names} == {str(path.resolve())} == {source_of(name) for name in names}
    assert find_files(names) == [path.resolve()]


def test_folders_are_searched(tmp_path: Path) -> None:
    for name in ("b.txt", "a.md", "c.pdf", ".hidden.txt", "sub/z.TXT", "sub/deep/y.markdown", ".git/x.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("text")
    (tmp_path / "sub" / "up").symlink_to(tmp_path)
    (tmp_path / "gone.txt").symlink_to(tmp_path / "nowhere.txt")
    (tmp_path / "loop.txt").symlink_to(tmp_path / "loop.txt")
    os.mkfifo(tmp_path / "pipe.txt")
    below = [path.relative_to(tmp_path.resolve()).as_posix() for path in find_files([tmp_path])]
    assert below == ["a.md", "b.txt", "sub/deep/y.markdown", "sub/z.TXT"]
    (tmp_path / "door").symlink_to(tmp_path / "sub")
    assert len(find_files([tmp_path / "door"])) == 2


def test_what_cannot_be_looked_at_is_kept_so_that_it_can_be_refused(tmp_path: Path) -> None:
    """A link in a folder may lead where no file can be, as a path that is named can."""
    long = "x" * 300 + ".txt"
    (tmp_path / "link.txt").symlink_to(long)
    write(tmp_path, b"text")
    assert find_files([tmp_path, tmp_path / long]) == [tmp_path / "file.txt", tmp_path / long]
    with pytest.raises(LoadError, match="too long"):
        load(tmp_path / "link.txt")


CLOSED = """
import os, sys
from pathlib import Path
from index.errors import LoadError
from index.load import find_files, load
if os.geteuid() == 0:
    os.setgid(65534); os.setuid(65534)
for file in find_files(sys.argv[1:]):
    try:
        print(file.name, load(file).text)
    except LoadError as error:
        print(file.name, "may not be read" in str(error))
"""


def test_a_closed_folder_is_refused_and_the_rest_is_found() -> None:
    with tempfile.TemporaryDirectory() as given:
        place = Path(given)
        closed, listed, opened = (place / name for name in ("closed", "listed", "opened"))
        for folder in (closed, listed, opened):
            folder.mkdir()
            write(folder, folder.name.encode(), f"{folder.name}.txt")
        (opened / "link.txt").symlink_to(closed / "closed.txt")
        for folder, mode in ((place, 0o755), (opened, 0o755), (listed, 0o444), (closed, 0)):
            folder.chmod(mode)
        command = [sys.executable, "-c", CLOSED, str(opened), str(closed / "closed.txt"), str(listed)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        for folder in (closed, listed):
            folder.chmod(0o755)
    if "ModuleNotFoundError" in done.stderr:
        pytest.skip("another user cannot read this checkout")
    assert done.stderr == ""
    assert done.stdout.splitlines() == ["closed.txt True", "opened.txt opened", "listed.txt True"]


def test_what_is_named_is_kept_so_that_it_can_be_refused(tmp_path: Path) -> None:
    names = [tmp_path / "c.pdf", tmp_path / ".hidden.txt", tmp_path / "missing"]
    assert find_files(names) == [name.resolve() for name in names]
    assert find_files([]) == []


def test_every_suffix_is_small() -> None:
    assert all(suffix == suffix.lower() and suffix.startswith(".") for suffix in LOADERS)


def test_the_seed_article() -> None:
    document = load(SEED)
    assert document.title == "Russian warplanes in Syria bombed the country's final rebel…"
    assert document.source == str(SEED.resolve())
    assert document.text == SEED.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("text", "markdown", "title"),
    [
        ("Not this.\n\n## The *title* ##\n\n# Later", True, "The *title*"),
        ("Not this.\n\n# Title", False, "Not this."),
        ("```\n# code\n```\n\n# Title", True, "Title"),
        ("#\n\n# \n\n# Title", True, "Title"),
        ("Title\n=====\ntext", True, "Title"),
        ("---\nauthor: X\n---\nWords", True, "Words"),
        ("<b>One</b>", False, "<b>One</b>"),
        ("\n\n-----\n ** \nFirst  words\there\n", False, "First words here"),
        ("***", False, "***"),
        ("\u202eevil\x07", False, "evil"),
        ("x" * 100, False, "x" * 59 + "…"),
        ("Some words " * 20, False, "Some words Some words Some words Some words Some words Some…"),
        ("", False, "Untitled"),
        ("\u200e", False, "Untitled"),
        (" " * 200_000 + "late", False, "late"),
        ("Dear shareholders,\n\nWe sold the mill.", False, "We sold the mill."),
        ("Hello Ana!\nThe roof leaks.", False, "The roof leaks."),
        ("Dear John", False, "Dear John"),
        ("Dear is the price of peace. He paid.", False, "Dear is the price of peace. He paid."),
        ("# " + "long " * 100, True, ("long " * 24).strip() + "…"),
    ],
)
def test_titles(text: str, markdown: bool, title: str) -> None:
    assert title_of(text, markdown=markdown) == title


@given(st.text(), st.booleans())
def test_a_title_is_never_blank_or_long(text: str, markdown: bool) -> None:
    title = title_of(text, markdown=markdown)
    assert title.strip() == title != "" and len(title) <= 120 and "\n" not in title
