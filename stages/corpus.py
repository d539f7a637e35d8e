"""Stage corpus: the source named in params.yaml -> examples in three splits, with a card."""

from pipeline.artifacts import Artifacts
from pipeline.corpus.card import read_card, said_of_overlap
from pipeline.corpus.choice import chosen_source
from pipeline.corpus.notes import stage_notes
from pipeline.corpus.writing import write_corpus
from pipeline.files import whole_folder
from pipeline.params.whole import Params
from pipeline.progress import say
from stages.running import run_stage


def corpus(params: Params, artifacts: Artifacts) -> None:
    """Fetch or read the examples, check them and store them."""
    source = chosen_source(params.corpus, artifacts)
    with whole_folder(artifacts.corpus) as folder:
        write_corpus(folder, source, drops_leaks=params.corpus.leaks == "drop")
        card = read_card(folder)
    for said in filter(None, (said_of_overlap(card), *stage_notes(card))):
        say(said)


if __name__ == "__main__":
    run_stage(corpus)
