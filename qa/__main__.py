"""The command line: words typed in a terminal into calls of `index` and `qa`, and their answers into lines."""

from __future__ import annotations

import importlib
import io
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Column, Table

from index import Index, ReportLine, load_embedder
from index import Progress as Step
from index.errors import LibraryError, QuotewiseError, UnknownDocument
from index.load import source_of
from index.report import Watcher

from .answer import ask as ask_library
from .evaluate import evaluate, outcome_record, outcomes, read_questions
from .feedback import question_lines, take_back, verdicts, write_questions
from .render import answer_record, answer_text, counted
from .settings import add_command, load_settings, open_existing, open_library, refuse_absent
from .terminal import alone, err, out, say
from .types import Answer

ABSTAINED = 3
"""The exit code of `ask` where the documents hold no answer. 1 is an error, 2 a wrong command line."""

cli = typer.Typer(
    name="quotewise",
    help="Ask your documents. Every answer is a quote.",
    epilog="Exit codes: 0 done, 1 an error in one sentence (add: a file failed, or there was none), 2 a wrong "
    "command line, 3 no answer in the documents, 130 an interrupted add.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Library = Annotated[
    Path | None,
    typer.Option(
        "--library",
        "-l",
        help="The library's folder; without it, QUOTEWISE_LIBRARY or your own library.",
        callback=lambda folder: folder and folder.expanduser(),  # of --library=~/notes, a shell leaves the ~ as it is
    ),
]


@cli.command()
def add(
    paths: Annotated[list[str], typer.Argument(help="Files and folders; folders are searched through.")],
    library: Library = None,
) -> None:
    """Add .txt and .md files to the library. A file that changed replaces its old text.

    Running it again is no work for what is there already, and goes on where an interrupted run stopped.
    """
    with open_library(library) as index:
        try:
            with progress_bar() as watcher:
                report = index.add(*paths, progress=watcher)
        except KeyboardInterrupt:
            kept = len(index.summaries())
            say(f"Interrupted. The library has {kept} documents; run the same command to go on.", error=True)
            raise typer.Exit(130) from None
        for line in report:
            say(_report_text(line))
        counts = ((status, report.count(status)) for status in ("added", "replaced", "unchanged", "failed"))
        say(", ".join(f"{count} {status}" for status, count in counts if count) or "No .txt or .md file there.")
    if report.count("failed") or not len(report):
        raise typer.Exit(1)


@cli.command("list")
def list_documents(library: Library = None) -> None:
    """List the documents of the library."""
    with open_existing(library) as index:
        summaries = index.summaries()
    if not summaries:
        say(_is_empty(library))
        return
    table = Table("id", "title", "passages", Column("source", overflow="fold"), box=None, pad_edge=False)
    for summary in summaries:
        table.add_row(summary.id[:12], summary.title, str(summary.passages), summary.source)
    out.print(table)


@cli.command()
def remove(
    documents: Annotated[list[str], typer.Argument(help="An id (or how it begins), a file, or a title.")],
    library: Library = None,
) -> None:
    """Remove documents and everything that was made from them."""
    with open_existing(library) as index:
        for name in documents:
            document_id, title = _find(index, name)
            index.remove(document_id)
            say(f"removed  {title}")


@cli.command()
def rename(
    document: Annotated[str, typer.Argument(help="An id (or how it begins), a file, or the title that it has.")],
    title: Annotated[str, typer.Argument(help="The title that it gets.")],
    library: Library = None,
) -> None:
    """Give a document another title. It is embedded again, for the title is searched with every passage."""
    with open_existing(library) as index, progress_bar() as watcher:
        document_id, before = _find(index, document)
        after = index.rename(document_id, title, watcher)
    say(f"renamed  {before} → {after}")


@cli.command()
def ask(
    question: Annotated[str, typer.Argument(help="What you want to know; - reads it from standard input.")],
    library: Library = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the whole answer as JSON.")] = False,
    after: Annotated[
        list[str] | None, typer.Option("--after", help="An earlier question of the conversation; may be repeated.")
    ] = None,
    among: Annotated[
        list[str] | None,
        typer.Option("--in", help="A document to ask instead of all: an id, a file, or a title; may be repeated."),
    ] = None,
) -> None:
    """Answer a question with quotes from the library, or say that it is not there (exit code 3)."""
    if question == "-":
        question = sys.stdin.buffer.read().decode(errors="replace")
    with open_existing(library) as index:
        if not len(index):
            raise LibraryError(_is_empty(library))
        documents = list(dict.fromkeys(_find(index, name)[0] for name in among)) if among else None
        history: list[Answer] = []
        for earlier in after or []:
            history.append(ask_library(earlier, index=index, history=history, documents=documents))
        answer = ask_library(question, index=index, history=history, documents=documents)
    say(json.dumps(answer_record(answer), indent=2, ensure_ascii=False) if as_json else answer_text(answer))
    if answer.abstained:
        raise typer.Exit(ABSTAINED)


@cli.command(
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []},
)
def chat(context: typer.Context) -> None:
    """Serve the chat on this machine; `quotewise chat --help` shows its options."""
    sys.argv = ["quotewise chat", *context.args]
    importlib.import_module("app").main()


@cli.command("eval")
def evaluate_file(
    file: Annotated[Path, typer.Argument(help="Golden questions, one conversation a line (JSON Lines).")],
    library: Library = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print measures and outcomes as JSON.")] = False,
    wrong: Annotated[bool, typer.Option("--wrong", help="Also list the questions that went wrong.")] = False,
) -> None:
    """Measure the library with golden questions: answers, citations, abstention, retrieval, latency."""
    conversations = read_questions(file)
    with open_existing(library) as index:
        ask_library("Is everything loaded?", index=index)
        results = list(outcomes(conversations, index))
    record = evaluate(results).record()
    if as_json:
        rows = [outcome_record(outcome) for outcome in results]
        say(json.dumps({"measures": record, "outcomes": rows}, indent=2, ensure_ascii=False))
        return
    table = Table("measure", "value", box=None, pad_edge=False)
    for name, value in record.items():
        table.add_row(name, "-" if value is None else f"{value:.3f}" if isinstance(value, float) else str(value))
    out.print(table)
    for outcome in results if wrong else []:
        if not outcome.right:
            gold = " | ".join(outcome.turn.answers) or "(abstain)"
            say(f"\n{outcome.turn.question}\n  gold: {gold}\n  ours: {outcome.answer.short or '(abstained)'}")


@cli.command()
def feedback(
    library: Library = None,
    export: Annotated[
        Path | None,
        typer.Option("--export", help="Write the questions with their right answers, for `eval`, into a new file."),
    ] = None,
    forget: Annotated[
        bool, typer.Option("--forget", help="Delete every verdict, after the export if there is one.")
    ] = False,
) -> None:
    """List the thumbs up and down that were given in the chat, or write them as a question file."""
    with open_existing(library) as index:
        given = verdicts(index)
        if export:
            lines = question_lines(given)
            write_questions(export, lines)
            unknown = sum(verdict.gold is None for verdict in given)
            left = f"; {unknown} {counted(unknown, 'verdict')} without a right answer left out" if unknown else ""
            say(f"{len(lines)} {counted(len(lines), 'question')} written to {export}{left}.")
        elif not forget:
            for verdict in given:
                thumb, answer = "up" if verdict.up else "down", verdict.short or "(abstained)"
                said = f"  [{verdict.word}]" if verdict.word else ""
                say(f"{thumb:<4}  {verdict.asked_as}  {answer}{said}")
        if forget:
            for verdict in given:
                take_back(index, verdict.key)
            say(f"{len(given)} {counted(len(given), 'verdict')} deleted.")


@cli.command()
def check(library: Library = None) -> None:
    """Verify the library, and build anew what is derived and damaged."""
    with open_existing(library) as index:
        findings = index.check()
        for finding in findings:
            say(finding)
        say(f"The library is sound: {size_of(index)}.")


@cli.command()
def rebuild(library: Library = None) -> None:
    """Split and embed every document again, after a change of model or version; the texts are in the library."""
    settings = load_settings()
    refuse_absent(library or settings.library)
    with progress_bar() as watcher:
        index = Index.rebuild(
            library or settings.library, load_embedder(settings.model), watcher, encoding=settings.encoding
        )
    with index:
        say(f"Built again with {settings.model}: {size_of(index)}.")


def size_of(index: Index) -> str:
    """Say how many documents and passages a library holds."""
    documents, passages = len(index.summaries()), len(index)
    return f"{documents} {counted(documents, 'document')}, {passages} {counted(passages, 'passage')}"


@contextmanager
def progress_bar() -> Iterator[Watcher]:
    """Show a long run's progress on standard error, where that is a terminal."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("passages"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as bar:
        task = bar.add_task("Reading", total=None)

        def watch(step: Step) -> None:
            files = f"{step.documents}/{step.documents_total} " if step.documents_total else ""
            name = Path(step.source).name[:40]
            bar.update(task, description=files + name, completed=step.passages, total=step.passages_total or None)

        yield watch


def _report_text(line: ReportLine) -> str:
    pages = f"{line.pages} pages, " if line.pages else ""
    what = line.why or f"{line.passages} passages, {pages}{line.seconds:.1f} s"
    return f"{line.status:<9}  {line.source or line.title}  ({what})"


def _is_empty(library: Path | None) -> str:
    return f"The library is empty; add documents with `{add_command(library)}`."


def _find(index: Index, name: str) -> tuple[str, str]:
    """Find the one document that a person means by an id or its beginning, a source, or a title."""
    sources = (name, str(Path(name).absolute()), source_of(name))  # a document may write one of them in its own way
    held = {document_id for source in sources for document_id in index.at(source)}
    found = [
        (s.id, s.title)
        for s in index.summaries()
        if s.id in held or s.title == name or (len(name) >= 4 and s.id.startswith(name))
    ]
    if not found:
        raise UnknownDocument(f"The library has no document {name}; `quotewise list` shows those it has.")
    if len(found) > 1:
        raise UnknownDocument(f"{name} names {len(found)} documents; use an id that `quotewise list` shows.")
    return found[0]


def main() -> None:
    """Run the command line; an expected error is one sentence on standard error, and exit code 1."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a file's name need not be text, nor a terminal know every letter
    try:
        cli()
    except QuotewiseError as error:
        say(str(error), error=True)
        sys.exit(1)
    except BrokenPipeError:
        sys.exit(141)


def program() -> NoReturn:
    """Run the command line as a program of its own."""
    alone(main)


if __name__ == "__main__":
    program()
