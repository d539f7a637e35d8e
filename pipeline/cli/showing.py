"""Commands that show what a training came to: scores, a sentence, the heads."""

import shutil
import webbrowser
from pathlib import Path

import click

from pipeline.artifacts import Artifacts, EvidenceFiles
from pipeline.cli.opened import outputs_of
from pipeline.commands import say
from pipeline.files import whole_file
from pipeline.project_folder import find_root


@click.command()
def results() -> None:
    """Show the scores of the last `dvc repro`, and how to open its run."""
    root = find_root(Path.cwd())
    from pipeline.terminal.results import print_results

    print_results(Artifacts(root))


@click.command()
@click.argument("text", nargs=-1, required=True)
@click.option("--run", metavar="RUN", help="A run of the store; without it, data/model.")
@click.option("--word", type=int, help="The word to explain, counted from 1.")
@click.option("--words", "are_words", is_flag=True, help="Take each argument as one word.")
@click.option("--second", metavar="TEXT", help="The second text, where pairs were learned.")
@click.option("--full", is_flag=True, help="Show every step with its numbers.")
@click.option(
    "--html", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path),
    help="Write the page instead, and the folders above it that are missing.",
)  # fmt: skip
def trace(
    text: tuple[str, ...],
    run: str | None,
    word: int | None,
    are_words: bool,
    second: str | None,
    full: bool,
    html: Path | None,
) -> None:
    """Follow a sentence through the trained network to its predictions, on one screen.

    The text is cut into words by Unicode's rules, English clitics apart (do n't); with --words it
    is taken as given, such as: trace --words I can not. Without --word, the first word of the first
    span that is found is followed to its class; where none is, of the words that training knew the
    one whose vector changes most. With --html, the trace becomes a page, with the training and the
    quiz, in place of the lines.
    """
    root = find_root(Path.cwd())
    with outputs_of(root, run, "model") as outputs:
        from pipeline.corpus.formats.words import Text, paired
        from pipeline.serving.predictor import Predictor
        from pipeline.study.trace import trace_sentence
        from pipeline.terminal.lines import terminal_width
        from pipeline.terminal.screen import screen_lines
        from pipeline.terminal.trace import trace_lines

        predictor = Predictor.load(outputs.require(outputs.model))
        sentence: Text = text if are_words else " ".join(text)
        if second is not None:
            sentence = paired(sentence, second)
        found = trace_sentence(predictor.network, predictor.encoding, sentence, word)
        if html is None:
            lines = trace_lines(found) if full else screen_lines(found, terminal_width())
            for line in lines:
                say(line)
            return
        from pipeline.pages.trace_page import write_trace

        write_trace(found, outputs, html)
        say(str(html))


@click.command()
@click.option("--run", metavar="RUN", help="A run of the store; without it, data/evidence.")
@click.option("--open", "opens", is_flag=True, help="Also open the page of the heads.")
def heads(run: str | None, opens: bool) -> None:
    """Show what each head does on validation, the head that is worth most first."""
    root = find_root(Path.cwd())
    with outputs_of(root, run, "evidence") as outputs:
        from pipeline.terminal.heads import print_heads

        print_heads(EvidenceFiles(outputs.require(outputs.evidence)).heads)
        if opens:
            page = EvidenceFiles(outputs.evidence).heads_page
            if run is not None:  # the run's copy goes when the command ends
                kept = Artifacts(root).private / "pages" / page.name
                kept.parent.mkdir(parents=True, exist_ok=True)
                with whole_file(kept) as beside:
                    shutil.copyfile(page, beside)
                page = kept
            is_shown = webbrowser.open(page.resolve().as_uri())
            say(f"{'the page' if is_shown else 'no browser was found; open this'}: {page}")
