"""Labels of whole sentences: classes, targets, pooling, loss, and what is said of bad corpora."""

import numpy as np
import pytest
import torch
from scipy.special import log_softmax
from sklearn.metrics import log_loss
from sklearn.utils.class_weight import compute_class_weight
from small_objectives import classification
from torch.nn.functional import binary_cross_entropy_with_logits

from pipeline.corpus.example import Example
from pipeline.corpus.source import Source
from pipeline.corpus.writing import write_corpus
from pipeline.model.batch import Batch
from pipeline.model.network import Network
from pipeline.model.shape import ModelShape
from pipeline.objectives.classification import YES_OR_NO, PooledHead
from pipeline.objectives.objective import AskedSplit, Classes
from pipeline.objectives.question import NOTHING_ASKED, UNSEEN
from pipeline.objectives.registry import objective_of
from pipeline.params.encoder import EncoderParams
from pipeline.params.objective import TaggingObjective
from pipeline.tokens.batches import gather
from pipeline.tokens.special import Vocabulary
from pipeline.tokens.store import TokenStore
from pipeline.tokens.tokenizer import LEARNED

POOLINGS = ("mean", "first", "attention")


def corpus(folder, train, held_out=("news",), column="genre"):
    """Sentences of two words with these labels; the validation split has those held out."""
    splits = {
        split: iter(
            Example(f"s{i}", ("a", "b"), {}, {column: label}, "")
            for i, label in enumerate(labels, 1)
        )
        for split, labels in (("train", train), ("validation", held_out), ("test", held_out))
    }
    write_corpus(folder, Source("conllu", "tiny", "data/source/tiny", None, {}, splits))
    return folder / "train.parquet"


def store(*lengths):
    tokens = sum(lengths)
    return TokenStore(
        offsets=np.cumsum([0, *lengths]),
        input_ids=(3 + np.arange(tokens) % 7).astype(np.int32),
        feature_ids=np.zeros((tokens, 0), np.int32),
        word_ids=np.concatenate([np.arange(n) for n in lengths]).astype(np.int32),
        ends_word=np.ones(tokens, bool),
    )


def network(pooling, labels="one", classes=("x", "y", "z")):
    shape = ModelShape(
        objective=classification(labels, pooling), vocab_size=10, special=LEARNED, feature_rows=0,
        max_length=9,
        classes=YES_OR_NO if labels == "several" else classes,
        asked=classes if labels == "several" else None,
        encoder=EncoderParams(
            d_model=8, n_heads=2, n_layers=1, d_ff=8, dropout=0.0, part_dropout=0.0,
            positions="rotary",
            attention="learned",
        ),
    )  # fmt: skip
    made, generator = Network(shape).eval().requires_grad_(False), torch.Generator().manual_seed(1)
    made.initialise(torch.randn(10, 8, generator=generator), 1)
    for parameter in made.parameters():
        parameter.add_(0.5 * torch.randn(parameter.shape, generator=generator))
    return made


def asked_of(made, tokens, answers):
    split = AskedSplit(tokens, np.asarray(answers, np.int16).ravel())
    prepare = made.objective.prepare(split, Vocabulary(10, LEARNED), 1, 0)
    return Batch.of(prepare(gather(tokens, np.arange(len(tokens)))))


@pytest.mark.parametrize("pooling", POOLINGS)
@pytest.mark.parametrize("is_padded", [False, True])
def test_a_sentence_s_vector_is_the_plain_one(pooling, is_padded):
    head = PooledHead(8, 3, pooling, is_one=True)
    head.initialise(torch.Generator().manual_seed(0))
    vectors = torch.randn(2, 5, 8, generator=torch.Generator().manual_seed(1))
    is_token = torch.tensor([[True] * 5, [True] * 3 + [False] * 2]) if is_padded else None
    with torch.no_grad():
        found = head.pool(vectors, is_token)
        for row, length in enumerate((5, 3 if is_padded else 5)):
            own = vectors[row, :length]
            if pooling == "mean":
                expected = own.mean(dim=0)
            elif pooling == "first":
                expected = own[0]
            else:
                weights = torch.exp(own @ head.attend.weight[0])
                expected = sum(w * v for w, v in zip(weights / weights.sum(), own, strict=True))
            torch.testing.assert_close(found[row], expected)


@pytest.mark.parametrize("pooling", POOLINGS)
@pytest.mark.parametrize("labels", ["one", "several"])
def test_a_sentence_is_answered_alone_as_in_company(pooling, labels):
    made = network(pooling, labels)
    tokens = store(3, 8, 1)
    each = 3 if labels == "several" else 1
    together = asked_of(made, tokens, np.zeros((3, each)))
    assert together.is_token is not None
    all_of_them = made.logits(made(together), together.target_at, together.is_token)
    assert len(all_of_them) == 3 * each
    for row in range(3):
        start, end = tokens.offsets[row : row + 2]
        one = store(end - start)
        one.input_ids[:] = tokens.input_ids[start:end]
        batch = asked_of(made, one, np.zeros((1, each)))
        found = made.logits(made(batch), batch.target_at, batch.is_token)
        own = all_of_them[row * each : (row + 1) * each]
        torch.testing.assert_close(found, own, atol=1e-5, rtol=1e-5)


def test_the_loss_of_one_label_is_the_cross_entropy_of_scikit_learn():
    made, gold = network("mean"), [2, 0, 1, 1]
    batch = asked_of(made, store(2, 5, 1, 3), gold)
    logits = made.logits(made(batch), batch.target_at, batch.is_token).double().numpy()
    expected = log_loss(gold, np.exp(log_softmax(logits, axis=1)), labels=[0, 1, 2])
    scored = made.score(batch)
    assert float(scored.loss) / 4 == pytest.approx(expected, rel=1e-5)
    assert int(scored.correct) == (logits.argmax(axis=1) == gold).sum()


ONE = [2, 0, 1, 1, 1]
SEVERAL = [[1, 0, 1], [0, 0, 1], [0, 1, 1], [0, 0, 0], [1, 1, 1]]


@pytest.mark.parametrize(("labels", "gold"), [("one", ONE), ("several", SEVERAL)])
def test_balanced_weights_are_scikit_learn_s_and_weigh_the_loss(labels, gold):
    made = network("mean", labels)
    objective = objective_of(classification(labels, class_weights="balanced"))
    tokens, flat = store(2, 5, 1, 3, 4), np.array(gold, np.int16).ravel()
    split, classes = AskedSplit(tokens, flat), made.shape.choices
    found = objective.class_weights(split, classes)
    expected = [
        compute_class_weight("balanced", classes=np.unique(column), y=column)
        for column in flat.reshape(5, -1).T
    ]
    np.testing.assert_allclose(found, expected)
    batch = asked_of(made, tokens, flat)
    scored = made.score(batch, torch.from_numpy(found).float())
    logits = made.logits(made(batch), batch.target_at, batch.is_token).double()
    weights = np.array([expected[i % len(expected)][c] for i, c in enumerate(flat)])
    p = logits.softmax(dim=-1).numpy()
    told = log_loss(flat, p, labels=range(p.shape[1]), sample_weight=weights, normalize=False)
    assert float(scored.weighted) == pytest.approx(told, rel=1e-5)
    assert float(scored.loss) == pytest.approx(float(made.score(batch).loss))
    assert objective_of(classification(labels)).class_weights(split, classes) is None


def test_a_label_holds_above_its_own_threshold():
    objective = objective_of(classification("several", thresholds="validation"))
    p = np.array([0.3, 0.3, 0.3, 0.6, 0.6, 0.6])
    log_p = np.log(np.stack([1 - p, p], axis=1))
    place = np.array([0, 1, 2, 0, 1, 2])
    told = Classes(("no", "yes"), ("a", "b", "c"), (0.2, 0.5, 0.7))
    assert objective.choose(log_p, place, place, told).tolist() == [1, 0, 0, 1, 1, 0]
    without = Classes(("no", "yes"), ("a", "b", "c"))
    assert objective.choose(log_p, place, place, without).tolist() == [0, 0, 0, 1, 1, 1]


@pytest.mark.parametrize("pooling", POOLINGS)
def test_several_labels_are_torch_s_binary_choices_and_hold_above_one_half(pooling):
    made = network(pooling, "several")
    holds = np.array([[1, 0, 1], [0, 0, 0]])
    batch = asked_of(made, store(4, 2), holds)
    scores = made.head.label(made.head.pool(made(batch), batch.is_token))
    expected = binary_cross_entropy_with_logits(
        scores, torch.tensor(holds).float(), reduction="sum"
    )
    scored = made.score(batch)
    torch.testing.assert_close(scored.loss, expected)
    logits = made.logits(made(batch), batch.target_at, batch.is_token).view(2, 3, 2)
    torch.testing.assert_close(logits.softmax(dim=-1)[..., 1], scores.sigmoid())
    assert torch.equal(logits.argmax(dim=-1) == 1, scores.sigmoid() > 0.5)
    assert int(scored.correct) == int(((scores.sigmoid() > 0.5).numpy() == holds).sum())


def test_classes_are_those_of_training_in_alphabetical_order_and_a_new_one_is_unseen(tmp_path):
    objective = objective_of(classification())
    classes = objective.classes(
        corpus(tmp_path, ("news", "blog", "news", "email"), ("news", "poem", "blog"))
    )
    assert (classes.names, classes.asked) == (("blog", "email", "news"), None)
    split = objective.split(tmp_path / "validation.parquet", store(2, 2, 2), classes)
    assert split.answers.tolist() == [2, UNSEEN, 0]
    assert split.unanswerable == 1


def test_of_several_labels_each_is_asked_and_a_sentence_may_have_none(tmp_path):
    objective = objective_of(classification("several", target="topics"))
    train = corpus(tmp_path, (("sport", "art"), (), ("art",)), ((),), "topics")
    classes = objective.classes(train)
    assert (classes.names, classes.asked) == (YES_OR_NO, ("art", "sport"))
    split = objective.split(train, store(2, 2, 2), classes)
    assert split.answers.reshape(3, 2).tolist() == [[1, 1], [0, 0], [1, 0]]


def test_sentences_without_a_label_are_counted_and_named(tmp_path, capsys):
    path = corpus(tmp_path, ("news", "", "blog", "", "", ""))
    strict = objective_of(classification())
    classes, tokens = strict.classes(path), store(*[2] * 6)
    with pytest.raises(
        ValueError, match=r"4 of 6 examples of train \(s2, s4, s5, \.\.\.\)"
    ) as told:
        strict.split(path, tokens, classes)
    assert "'genre'" in str(told.value)
    assert "objective.classification.unlabelled to leave_out" in str(told.value)
    lenient = objective_of(classification(unlabelled="leave_out"))
    split = lenient.split(path, tokens, classes)
    none = NOTHING_ASKED
    assert split.answers.tolist() == [1, none, 0, none, none, none]
    assert capsys.readouterr().out == (
        "left out, since they have no genre: 4 of 6 examples of train (s2, s4, s5, ...)\n"
    )
    question = lenient.prepare(split, Vocabulary(10, LEARNED), 1, 0)(gather(tokens, np.arange(6)))
    assert Batch.of(question).target_at.tolist() == [0, 2]


def test_a_column_of_words_or_of_several_labels_is_refused_with_what_to_do(tmp_path):
    rows = [("s1", {"genre": "news"}), ("s2", {"genre": "blog"})]
    splits = {
        split: iter([Example(name, ("a",), {"upos": ("X",)}, labels, "") for name, labels in rows])
        for split in ("train", "validation", "test")
    }
    write_corpus(tmp_path, Source("conllu", "tiny", "data/source/tiny", None, {}, splits))
    train = tmp_path / "train.parquet"
    with pytest.raises(ValueError, match=r"upos is no column of the whole .*: genre$"):
        objective_of(classification(target="upos")).classes(train)
    with pytest.raises(ValueError, match="topic is no column of the whole"):
        objective_of(classification(target="topic")).classes(train)
    with pytest.raises(ValueError, match=r"genre is no column of each word .*: upos;"):
        objective_of(TaggingObjective(kind="tagging", target="genre")).classes(train)
    numbers = Example("s1", ("a",), {"head": (0,)}, {}, "")
    given = {split: iter([numbers]) for split in ("train", "validation", "test")}
    write_corpus(tmp_path, Source("conllu", "tiny", "data/source/tiny", None, {}, given))
    with pytest.raises(ValueError, match="head holds numbers, not classes"):
        objective_of(TaggingObjective(kind="tagging", target="head")).classes(train)
    several = corpus(tmp_path, (("sport", "art"), ("art",)), ((),), "topics")
    with pytest.raises(ValueError, match=r"set objective\.classification\.labels to several"):
        objective_of(classification(target="topics")).classes(several)


@pytest.mark.parametrize(("labels", "found"), [(("news", "news"), "news"), (("", ""), "none")])
def test_one_class_is_nothing_to_choose_from(tmp_path, labels, found):
    with pytest.raises(ValueError, match="at least two classes in the column 'genre'") as told:
        objective_of(classification()).classes(corpus(tmp_path, labels))
    assert f"found {found}: choose another objective.target" in str(told.value)
