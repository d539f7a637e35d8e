import pytest
from workspace import ROOT

from pipeline.params.whole import flatten, read_params
from pipeline.params.writing import write_params
from pipeline.params.yaml_file import read_yaml
from pipeline.recording.run_names import run_name


@pytest.fixture
def written(tmp_path):
    """Writes this repository's params.yaml with other values, without some keys, and reads it."""

    def read(changes, without=()):
        path = tmp_path / "params.yaml"
        write_params(ROOT / "params.yaml", path, changes)
        text = path.read_text()
        for lines in without:
            assert text.count(lines) == 1
            text = text.replace(lines, "")
        path.write_text(text)
        return read_params(path)

    return read


METHOD = "  method: random         # random | ppmi_svd | file\n"
MASKED = "  masked_lm:             # read when kind is masked_lm\n    mask_share: 0.15\n"


def test_the_sections_of_kinds_that_are_not_chosen_are_no_parameters_of_a_run(written):
    flat = flatten(written({}))
    assert flat["corpus.kind"] == "ewt"
    assert [name for name in flat if name.startswith("corpus.")] == [
        "corpus.kind", "corpus.leaks", "corpus.max_rejected", "corpus.train_examples",
    ]  # fmt: skip
    assert not any("masked_lm" in name or "bpe" in name or "ppmi" in name for name in flat)
    chosen = flatten(written({"corpus.kind": "conllu", "tokenize.unit": "bpe"}))
    assert chosen["corpus.conllu.path"] == "data/source/treebank.conllu"
    assert chosen["tokenize.bpe.vocab_size"] == 8000
    assert not any(name.startswith(("corpus.dataset", "tokenize.word")) for name in chosen)


def test_what_stands_in_a_section_that_is_not_chosen_changes_nothing(written):
    other = {
        "corpus.conllu.path": "elsewhere", "corpus.dataset": {"anything": [1]},
        "tokenize.bpe.vocab_size": 1, "objective.masked_lm.mask_share": 7, "embed.ppmi_svd": None,
    }  # fmt: skip
    assert written(other) == written({})
    assert run_name(flatten(written(other))) == run_name(flatten(written({})))
    assert written(other).model_dump() == written({}).model_dump()


def test_the_sections_of_kinds_that_are_not_chosen_may_be_left_out(written):
    assert written({}, without=[MASKED]) == written({})


@pytest.mark.parametrize(
    ("changes", "without", "said"),
    [
        ({"corpus.kind": "conlu"}, (), "corpus.kind is 'conlu': choose one of conll, conllu, "),
        ({"objective.kind": "parsing"}, (), "objective.kind is 'parsing': choose one of tagging, "),
        ({"tokenize.unit": ["word"]}, (), "tokenize.unit is ['word']: choose one of word, bpe"),
        ({}, [METHOD], "embed.method is missing: "),
        ({"objective.kind": "masked_lm"}, [MASKED], "objective.masked_lm is missing"),
        ({"corpus.kind": "conllu", "corpus.conllu.pth": 1}, (),
         "corpus.conllu.pth is not a known key; did you mean path?"),
        ({"corpus.kind": "conllu", "corpus.conllu.shares": [0.5, 0.5, 0.5]}, (),
         "corpus.conllu.shares: shares must be three positive shares that sum to 1"),
        ({"objective.targt": "xpos"}, (), "objective.targt is not a known key; did you mean "),
        ({"corpus": 5}, (), "corpus is 5: "),
    ],
)  # fmt: skip
def test_what_is_wrong_with_the_chosen_kind_is_said_in_a_line(written, changes, without, said):
    with pytest.raises(ValueError, match="cannot be used") as caught:
        written(changes, without)
    lines = str(caught.value).splitlines()[1:]
    assert len(lines) == 1
    assert lines[0].strip().startswith(said)


def test_every_fault_is_told_at_once(written):
    with pytest.raises(ValueError, match="cannot be used") as caught:
        written({"corpus.kind": "x", "seed": -1, "train.max_epochs": 0, "objective.kind": "y"})
    named = {line.split()[0] for line in str(caught.value).splitlines()[1:]}
    assert named == {"corpus.kind", "seed", "train.max_epochs", "objective.kind"}


def test_one_parameter_apart_is_another_objective_and_it_has_no_target_then(written):
    flat = flatten(written({"objective.kind": "masked_lm", "objective.target": "upos"}))
    told = {name: value for name, value in flat.items() if name.startswith("objective.")}
    assert told == {"objective.kind": "masked_lm", "objective.masked_lm.mask_share": 0.15}
    assert flatten(written({"objective.target": "xpos"}))["objective.target"] == "xpos"


def test_a_key_that_stands_twice_is_refused(tmp_path):
    (tmp_path / "params.yaml").write_text("seed: 1\nseed: 2\n")
    with pytest.raises(ValueError, match="not valid YAML"):
        read_yaml(tmp_path / "params.yaml")


def test_a_value_of_a_section_that_was_left_out_says_which_to_put_back(tmp_path):
    text = (ROOT / "params.yaml").read_text()
    (tmp_path / "params.yaml").write_text(text.replace("\n  table: ", "\n  other: "))
    with pytest.raises(ValueError, match=r"no section corpus\.table, to which path belongs"):
        write_params(
            tmp_path / "params.yaml", tmp_path / "params.yaml", {"corpus.table.path": "a.csv"}
        )
