import random
from itertools import chain

import pytest

from pipeline.artifacts import SPLITS, Artifacts
from pipeline.corpus.card import read_card
from pipeline.corpus.sources.conllu import split_of, treebank_source
from pipeline.corpus.writing import write_corpus
from pipeline.params.sources.conllu import ConlluParams

SHARES = (0.6, 0.2, 0.2)


def block(*forms):
    words = [f"{n}\t{form}\t_\tX\t_\t_\t0\t_\t_\t_\n" for n, form in enumerate(forms, 1)]
    return "".join(words) + "\n"


def put(artifacts, name, *blocks):
    path = artifacts.source / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(blocks), encoding="utf-8")
    return path


@pytest.fixture
def artifacts(tmp_path):
    return Artifacts(tmp_path)


def open_treebank(artifacts, path="data/source/treebank.conllu"):
    return treebank_source(ConlluParams(path=path, shares=SHARES, labels=("genre",)), artifacts)


def forms(source):
    found = list(source.examples())
    return {split: [one.form for lies_in, one in found if lies_in == split] for split in SPLITS}


def test_a_single_file_is_shared_out_whole_and_about_as_asked(artifacts):
    put(artifacts, "treebank.conllu", *(block("word", str(n)) for n in range(1000)))
    found = forms(open_treebank(artifacts))
    assert sorted(chain.from_iterable(found.values())) == sorted(
        ("word", str(n)) for n in range(1000)
    )
    # Binomial: 600 ± 5 standard deviations of 15.5.
    assert 520 < len(found["train"]) < 680
    assert 135 < len(found["validation"]) < 265


def test_the_split_does_not_depend_on_the_order_and_equal_sentences_stay_together(artifacts):
    blocks = [block("word", str(n % 200)) for n in range(600)]
    put(artifacts, "treebank.conllu", *blocks)
    one = forms(open_treebank(artifacts))
    random.Random(1).shuffle(blocks)
    put(artifacts, "treebank.conllu", *blocks)
    other = forms(open_treebank(artifacts))
    assert {split: sorted(found) for split, found in one.items()} == {
        split: sorted(found) for split, found in other.items()
    }
    for split in SPLITS:
        elsewhere = {form for rest in SPLITS if rest != split for form in one[rest]}
        assert elsewhere.isdisjoint(one[split])


def test_a_share_that_is_nearly_everything_takes_nearly_everything():
    shares = (0.998, 0.001, 0.001)
    found = [split_of((str(n),), shares) for n in range(1000)]
    assert found.count("train") > 980


@pytest.mark.parametrize("validation", ["dev", "validation"])
def test_a_folders_files_are_taken_by_their_names(artifacts, validation):
    put(artifacts, "bank/xx-ud-train-b.conllu", block("later"))
    put(artifacts, "bank/xx-ud-train-a.conllu", block("first"))
    put(artifacts, f"bank/xx-ud-{validation}.conllu", block("held", "out"))
    put(artifacts, "bank/XX-UD-TEST.conllu", block("last"))
    put(artifacts, "bank/README.md", "not a treebank")
    found = forms(open_treebank(artifacts, "data/source/bank"))
    assert found == {
        "train": [("first",), ("later",)],
        "validation": [("held", "out")],
        "test": [("last",)],
    }


def test_what_a_folder_lacks_is_cut_from_train_and_train_it_must_have(artifacts):
    put(artifacts, "bank/a-train.conllu", *(block("word", str(n)) for n in range(200)))
    put(artifacts, "bank/a-test.conllu", block("last"))
    source = open_treebank(artifacts, "data/source/bank")
    found = forms(source)
    assert (source.cut_from_train, found["test"]) == (("validation",), [("last",)])
    assert len(found["train"]) + len(found["validation"]) == 200
    assert 25 < len(found["validation"]) < 75  # 50 ± 4 standard deviations of 6.1
    (artifacts.source / "bank/a-train.conllu").unlink()
    with pytest.raises(ValueError, match=r"needs a .conllu file with train .*found: a-test.conllu"):
        open_treebank(artifacts, "data/source/bank")


@pytest.mark.parametrize(("name", "found"), [("latest", "none"), ("train-test", "test and train")])
def test_a_file_name_that_names_no_split_or_two_is_refused(artifacts, name, found):
    put(artifacts, f"bank/{name}.conllu", block("a"))
    with pytest.raises(ValueError, match=rf"{name}.conllu must hold one of .* found {found}"):
        open_treebank(artifacts, "data/source/bank")


@pytest.mark.parametrize("path", ["treebank.conllu", "data/source/../x.conllu", "/etc/hosts", ".."])
def test_a_path_outside_the_watched_folder_is_refused(artifacts, path):
    with pytest.raises(ValueError, match="DVC watches only data/source"):
        open_treebank(artifacts, path)


def test_a_link_into_dvcs_cache_counts_as_lying_in_the_watched_folder(artifacts, tmp_path):
    cached = tmp_path / "cached"
    cached.write_text("".join(block(str(n)) for n in range(50)))
    artifacts.source.mkdir(parents=True)
    (artifacts.source / "treebank.conllu").symlink_to(cached)
    assert sum(map(len, forms(open_treebank(artifacts)).values())) == 50


def test_a_missing_file_says_what_to_do(artifacts):
    with pytest.raises(FileNotFoundError, match=r"data/source/treebank.conllu is missing: put"):
        open_treebank(artifacts)


def test_a_file_of_a_folder_without_a_sentence_is_named(artifacts, tmp_path):
    put(artifacts, "bank/a-train.conllu", block("a"))
    put(artifacts, "bank/b-train.conllu", "# nothing but a comment\n")
    put(artifacts, "bank/a-dev.conllu", block("b"))
    put(artifacts, "bank/a-test.conllu", block("c"))
    with pytest.raises(ValueError, match=r"^b-train\.conllu: expected at least one sentence"):
        write_corpus(tmp_path, open_treebank(artifacts, "data/source/bank"))


def test_a_split_that_no_sentence_falls_into_is_told(artifacts, tmp_path):
    put(artifacts, "treebank.conllu", block("word"))
    with pytest.raises(ValueError, match="is empty: treebank must have a sentence for each"):
        write_corpus(tmp_path, open_treebank(artifacts))


def test_the_card_says_what_each_file_held(artifacts, tmp_path):
    for name in ("train", "dev", "test"):
        text = "# sent_id = 1\r1-2\tdu" + "\t_" * 8 + "\r"
        put(artifacts, f"bank/{name}.conllu", text, block(name, "le").replace("\n", "\r"))
    write_corpus(tmp_path, open_treebank(artifacts, "data/source/bank"))
    held = {"sentences": 1, "comments": 1, "left_out": 1}
    assert read_card(tmp_path)["found"] == {
        "train.conllu": held, "dev.conllu": held, "test.conllu": held,
    }  # fmt: skip


def test_the_origin_names_no_folder_of_this_machine(artifacts):
    put(artifacts, "treebank.conllu", block("a"))
    source = open_treebank(artifacts)
    assert (source.name, source.origin) == ("treebank", "data/source/treebank.conllu")
