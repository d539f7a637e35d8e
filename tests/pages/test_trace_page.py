import math
import re
from pathlib import Path

import numpy as np
import planted
import pytest
import torch
from click.testing import CliRunner
from heads_measured import watched
from traced_models import COUNTS, KINDS, PARTS, planted_predictor, predictor, traced
from traced_pages import HISTORY, page_of, read, value, with_ends

from pipeline.artifacts import Artifacts
from pipeline.attention import Visibility
from pipeline.cli import main
from pipeline.model.checkpoint import save_network
from pipeline.model.history import EpochRow, write_history, write_kept_epoch
from pipeline.pages.page import write_page
from pipeline.pages.said import number, token
from pipeline.pages.trace_curve import curves, epoch_rows
from pipeline.pages.trace_page import trace_page, write_trace
from pipeline.pages.trace_words import heads_in_epochs, measure_epochs, silent_heads
from pipeline.study.measures import norms
from pipeline.study.table import write_rows
from pipeline.study.watched import write_watched
from pipeline.study.watching import look_through
from pipeline.tokens.encoding import save_encoding

EVERYTHING = Visibility(None, is_causal=False)
ATTACK = "https://</script><img/src=x/onerror=alert(1)>"
"""An address, so one word."""
BY = "\N{MULTIPLICATION SIGN}"


def assert_shown(texts, values):
    """Numbers of the page, to the rounding that they show."""
    shown = np.array([[value(text) for text in row] for row in texts])
    assert shown.shape == values.shape
    is_seen = np.isfinite(values)
    assert np.array_equal(shown[~is_seen], values[~is_seen])
    shown, values = shown[is_seen], values[is_seen]
    assert np.all(np.abs(shown - values) <= np.where(np.abs(values) < 9.99, 0.005001, 0.05001))


# Shapes and numbers.


@pytest.mark.parametrize("kind", KINDS)
def test_every_shape_is_the_network_s_own(kind):
    model = predictor(**kind)
    trace = traced(model, "The cat sat")
    page = read(page_of(trace))
    part, n = model.network.shape.encoder, len(trace.tokens)
    layers = f", {part.n_layers} layers"
    shapes = [
        f"1 sentence {BY} {n} tokens", f"{n} {BY} 8",
        f"{n} {BY} {n} in each of 2 heads{layers}" if part.n_layers else "none",
        "2 heads of 4, joined to 8" if part.n_layers else "none", f"{n} {BY} 8",
    ]  # fmt: skip
    way = [one.text for one in page.the("ol", kind="way").all("span", kind="shape")]
    assert way[:5] == shapes
    probability = trace.predictions[trace.asked.answer].probabilities[0]
    assert way[5] == f"{token(trace.asked.label).text} {probability:.3f}"
    flow = page.the("section", name="flow")
    assert [one.text for one in flow.all("span", kind="shape")] == shapes
    titles = [one.text.split(" ", 1)[1] for one in flow.all("h3")]
    assert [title.removesuffix(f" {shape}") for title, shape in zip(titles, shapes, strict=True)] \
        == ["Input tokens", "Embedding lookup", "Self-attention scores", "Multi-head attention",
            "Output vectors"]  # fmt: skip
    answer = page.the("section", name="prediction")
    heads = bool(part.n_layers)
    assert [one.text for one in answer.all("span", kind="shape")] == [
        "8 numbers", "one row a head" if heads else "none",
        "each row sums to 1" if heads else "none", "4 numbers a head" if heads else "none",
        f"8 numbers, {model.network.shape.n_classes} classes",
    ]  # fmt: skip
    told = [one.text for one in answer.all("figcaption")]
    assert all(caption.endswith(f"1 {BY} 8") for caption in told)
    assert len(told) == 2


@pytest.mark.parametrize("kind", KINDS)
def test_every_number_of_the_steps_is_the_trace_s(kind):
    trace = traced(predictor(**kind), "The cat sat")
    page = read(page_of(trace))
    ids = [row[1:] for row in page.the(label="Input tokens").rows() if row[0] == "id"]
    assert [int(one.split()[0]) for one in ids[0]] == trace.input_ids.tolist()
    for name, vectors in (("embedding", trace.embedding), ("output", trace.output)):
        assert_shown([row[1:] for row in page.the("table", name=name).rows()], vectors)
    at = trace.asked.token
    for name, vector in (
        ("asked-embedding", trace.embedding[at]), ("asked-output", trace.output[at])
    ):  # fmt: skip
        assert_shown([row[1:] for row in page.the("table", name=name).rows()], vector[None])
    for i, layer in enumerate(trace.layers):
        joined = page.the("table", name=f"joined-{i}")
        assert_shown([row[1:] for row in joined.rows()], layer.joined)
        for head in range(2):
            for what in ("scores", "weights"):
                table = page.the(label=f"head {i + 1}.{head + 1}: {what}")
                assert_shown([row[1:] for row in table.rows()], getattr(layer, what)[head])
    if trace.layers:
        sums = list(page.the(label="What each head does to the answer").rows())
        assert_shown(
            [row[-4:] for row in sums], np.concatenate([one.mixed[:, at] for one in trace.layers])
        )
        silent = trace.asked.without.ravel() - trace.asked.log_p
        column = 2 if trace.asked.parts else 1
        assert_shown([row[column : column + 1] for row in sums], silent[:, None])


def test_the_lead_adds_up_on_the_page_and_its_bars_follow_one_another():
    trace = traced(predictor(), "The cat sat")
    page = read(page_of(trace))
    lead, classes, _ = page.all("table", kind="bars")
    values = [value(row[1]) for row in lead.rows()]
    assert values[-1] == pytest.approx(trace.asked.lead, abs=0.006)
    assert sum(values[:-1]) == pytest.approx(trace.asked.lead, abs=0.03)
    bars = [
        (float(one.attributes["x"]), float(one.attributes["width"])) for one in lead.all("rect")
    ]
    assert min(start for start, _ in bars) == 0
    assert max(start + width for start, width in bars) == pytest.approx(100, abs=0.7)
    sums = np.cumsum([0, *values[:-1]])
    share = 100 * (sums - sums.min()) / (sums.max() - sums.min())
    for (start, _), before, after in zip(bars[:-1], share[:-1], share[1:], strict=True):
        assert start == pytest.approx(min(before, after), abs=1)
    found = trace.predictions[trace.asked.word]
    assert [row[0] for row in classes.rows()] == list(found.labels)
    assert [row[1] for row in classes.rows()] == [f"{p:.3f}" for p in found.probabilities]


def test_the_worked_sum_is_the_strongest_head_s_and_comes_out():
    trace = traced(predictor(), "The cat sat on the mat")
    told = next(
        one.text for one in read(page_of(trace)).all("p") if one.text.startswith("What each head")
    )
    layer, head = np.unravel_index(
        np.abs(trace.asked.without - trace.asked.log_p).argmax(), trace.asked.without.shape
    )
    feature, name = re.search(r"Feature (\d+) of (head \S+),", told).groups()
    assert name == f"head {layer + 1}.{head + 1}"
    result = trace.layers[layer].mixed[head, trace.asked.token, int(feature) - 1]
    assert value(told.rstrip(".").split("= ")[1]) == pytest.approx(result, abs=0.006)
    terms = re.findall(rf"([\d.]+) {BY} (\S+) \(", told)
    rest = re.search(r"\+ (\S+) \(\d+ other", told)
    added = sum(float(a) * value(b) for a, b in terms) + (value(rest[1]) if rest else 0)
    assert added == pytest.approx(result, abs=0.05)


def test_most_changed_word_and_its_neighbours_are_the_trace_s():
    trace = traced(predictor(), "The cat sat on the mat")
    page = read(page_of(trace))
    rows = list(page.the(label="What changed").rows())
    for row, change in zip(rows, trace.changes, strict=True):
        assert value(row[1]) == pytest.approx(change.distance, abs=0.0051)
        for told, found in ((row[2], change.before), (row[3], change.after)):
            assert told == ", ".join(f"{one.text} {number(one.cosine)}" for one in found)
    at = int(np.argmax([change.distance for change in trace.changes]))
    (most,) = (row for row in page.all("tr", kind="most"))
    assert most.text.startswith(trace.tokens[at])
    assert f"{trace.tokens[at]} changed most: its output vector is" in page.text


# The training.


def test_the_table_of_epochs_is_the_record_and_marks_the_kept_one():
    trace = traced(predictor(), "the cat")
    page = read(page_of(trace, kept=2))
    table = page.the("table", kind="epochs")
    rows = list(table.rows())
    assert [row[0] for row in rows] == ["1", "2 kept", "3"]
    assert rows[0][1:] == ["0.900", "0.700", "0.500", "0.550"]
    assert rows[1][1:] == ["0.500", "0.400", "0.750", "0.800"]
    assert table.the("tbody", kind="kept").text.startswith("2 kept")
    assert "weights of epoch 2, the kept one" in page.text
    unknown = read(page_of(trace, kept=None))
    assert not list(unknown.the("table", kind="epochs").all(kind="kept"))
    assert "Which epoch's weights the model has is not known" in unknown.text


def test_a_curve_s_points_stand_where_the_numbers_are():
    loss, accuracy = curves(HISTORY, kept=3)
    lines = {name: points for name, _, points in loss.lines}
    train = [float(y) for _, y in lines["training"]]
    validation = [float(y) for _, y in lines["validation"]]
    ticks = [(float(y), float(text)) for y, text in loss.ticks]
    assert [text for _, text in ticks] == [0.2, 0.55, 0.9]
    (low, bottom), _, (high, top) = ((text, y) for y, text in ticks)
    for points, losses in (
        (train, HISTORY["train_loss"]),
        (validation, HISTORY["validation_loss"]),
    ):
        for y, one in zip(points, losses, strict=True):
            assert y == pytest.approx(bottom + (one - low) / (high - low) * (top - bottom), abs=0.2)
    assert top < bottom  # the larger number stands higher
    assert loss.kept == lines["validation"][2][0] == accuracy.kept
    (single, _) = curves({name: values[:1] for name, values in HISTORY.items()})
    assert len(single.lines[0][2]) == 1


def test_an_epoch_without_a_loss_has_no_point_and_no_number():
    history = HISTORY | {"validation_loss": [math.nan] * len(HISTORY["epoch"])}
    loss, _ = curves(history)
    (_, _, train), (_, drawn, validation) = loss.lines
    assert (len(train), drawn, validation) == (len(HISTORY["epoch"]), "", ())
    (first, *_) = epoch_rows(history, ())
    assert "nan" not in "".join(first.figures)


# What the heads did, against planted heads.

SENTENCE = [3, 4, 5, 3, 5, 4]


def planted_weights(network, sentence=SENTENCE):
    found = []
    batch = planted.planted_batch(sentence)
    look_through(network, batch, lambda work: found.append(work.weights[0]))
    return torch.stack(found)


def told_of(head, *epochs):
    """What is told of one head of a single layer in each epoch."""
    others = {(0, other) for other in range(planted.N_HEADS) if other != head}
    return heads_in_epochs(measure_epochs([[one] for one in epochs], EVERYTHING), others)


def test_every_planted_head_is_called_what_it_is():
    weights = planted_weights(planted.planted_network())
    found = {head: told_of(head, weights)[0] for head in range(planted.N_HEADS)}
    for head in (planted.PREVIOUS, planted.TWIN):
        assert found[head] == (
            f"Head {head + 1} looks mostly at the previous token (1.00 of tokens)."
        )
    even = number(math.log(len(SENTENCE)))
    assert found[planted.UNIFORM] == (
        f"Head {planted.UNIFORM + 1} looks almost evenly at all tokens (entropy {even} nats)."
    )
    first = f"Head {planted.FIRST + 1} looks mostly at the first token (1.00 of tokens)."
    assert found[planted.FIRST] == first
    # Every token stands twice: half of its look goes to itself.
    assert "the token itself (0.50 of tokens)" in found[planted.EQUAL]


def test_a_head_between_places_is_said_to_have_none():
    place = torch.eye(6)[[2, 0, 4, 1, 5, 3]] * 0.6 + 0.4 / 6
    (told,) = heads_in_epochs(measure_epochs([[place[None, None]]], EVERYTHING))
    assert told.startswith("No fixed place: head 1 looks most often at the ")


def test_a_head_that_writes_nothing_is_not_told_of():
    network = planted.planted_network()
    rows = watched(norms.MEASURE, network, [SENTENCE])
    silent = silent_heads(rows)
    assert silent == {(0, planted.DEAD)}
    weights = planted_weights(network)
    (told,) = heads_in_epochs(measure_epochs([[weights]], EVERYTHING), silent)
    assert f"ead {planted.DEAD + 1}" not in told
    assert "1 more head does one or the other" in told
    trace = traced(planted_predictor(), "a b c")
    page = read(page_of(trace, epochs=[[weights]] * 3, rows=rows))
    assert f"Nothing is told of head {planted.DEAD + 1}: it writes next to nothing" in page.text
    assert heads_in_epochs(measure_epochs([[weights]], EVERYTHING), set(np.ndindex(1, 6))) == [""]


def test_what_a_head_did_in_an_epoch_is_how_its_measures_moved():
    weights = planted_weights(planted.planted_network())
    even = torch.full_like(weights, 1 / len(SENTENCE))
    _, told, again, back = told_of(planted.PREVIOUS, even, weights, weights, even)
    name = f"Head {planted.PREVIOUS + 1}"
    # The widest entropy falls to 0: the greatest move; then from a sixth of tokens to all.
    nats = number(math.log(len(SENTENCE)))
    assert told == (
        f"{name} narrowed its look (entropy {nats} → 0.00 nats) and turned to the previous token "
        f"(0.17 → 1.00 of tokens)."
    )
    assert again == "No head moved."
    assert back.startswith(f"{name} spread out (entropy 0.00 → {nats} nats) and turned away from")
    little = 0.97 * weights + 0.03 * even
    assert told_of(planted.FIRST, weights, little)[1].startswith(
        (f"No head moved much. Head {planted.FIRST + 1} moved most", f"Head {planted.FIRST + 1}")
    )


def test_the_words_of_the_epochs_stand_below_their_rows():
    weights = planted_weights(planted.planted_network())
    even = torch.full_like(weights, 1 / len(SENTENCE))
    trace = traced(planted_predictor(), "a b c")
    page = read(page_of(trace, epochs=[[even], [weights], [weights]]))
    bodies = list(page.the("table", kind="epochs").all("tbody"))
    told = [next(body.all("tr", kind="told")).text for body in bodies]
    expected = heads_in_epochs(measure_epochs([[even], [weights], [weights]], EVERYTHING))
    assert told == [f"What the heads did: {one}" for one in expected]
    assert "on 1 fixed sentence." in page.text


# Words that training did not know.


def test_an_unknown_word_is_explained_where_it_occurs():
    page = read(page_of(traced(predictor(features=PARTS), "the zebra sat")))
    told = "zebra was never seen in training, so only its first and last letters and its shape "
    assert [one.text for one in page.all("p", kind="unknown-word")] == [
        f"{told}(capitals, digits) are known."
    ]
    chips = list(page.the("ol", kind="sentence").all("li"))
    assert ["unknown word" in one.text for one in chips] == [False, True, False]
    followed = read(page_of(traced(predictor(features=PARTS), "the zebra sat", word=2)))
    assert (
        f"{told}(capitals, digits) are known. Row 1"
        in followed.the("section", name="prediction").text
    )


def test_of_a_sentence_of_known_words_nothing_is_said_and_many_unknown_ones_are_counted():
    assert "unknown" not in read(page_of(traced(predictor(), "the cat sat"))).the("header").text
    page = read(page_of(traced(predictor(), "one two three four five six the")))
    assert len(list(page.all("p", kind="unknown-word"))) == 5
    assert "2 more words unknown in this sentence." in page.text


# Whatever the words are.


@pytest.mark.parametrize("kind", [{}, {"objective": "masked_lm"}])
def test_a_hostile_word_class_or_neighbour_stays_a_text(kind):
    counts = COUNTS | {ATTACK: 8, "</title><img>": 7}
    model = predictor(**kind, counts=counts, labels=(ATTACK, "<u>", "&lt;", "'\""))
    trace = traced(model, f"The cat {ATTACK} <!-- & mat", word=3)
    assert ATTACK.lower() in trace.words[2].lower()
    page = page_of(trace)
    assert page.count("<script") == 2 == page.count("</script")
    assert not re.search(r"<img|<u>|<!--|onerror=alert\(1\)>", page)
    tree = read(page)
    assert token(trace.words[2]).text in {one.text for one in tree.all("bdi")}
    references = [
        value
        for one in tree.all()
        for name, value in one.attributes.items()
        if name in {"src", "href", "action", "srcset"} or name.startswith("on")
    ]
    assert references
    assert all(one.startswith(("#", "data:")) for one in references)
    assert "default-src &#39;none&#39;" in page


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "text",
    ["🙂 \U0001f468\u200d\U0001f469\u200d\U0001f467", "ሰላም 日本語のテキスト", "שלום مرحبا",
     "a\x1b[31mred\x07 \u202eb", "e\u0301 \u0301x"],
)  # fmt: skip
def test_any_script_is_told_without_a_control_character(kind, text):
    trace = traced(predictor(**kind, max_length=200), text)
    page = page_of(trace)
    assert all(one.isprintable() or one == "\n" for one in page)
    tree = read(page)
    if trace.wording.subject:
        told = [one.text for one in tree.the("p", kind="whole").all("bdi")]
        assert told == [token(word).text for word in trace.words]
    assert next(tree.all("li", kind="asked")).text.startswith(token(trace.followed.about).text)
    line = tree.the("p", kind="answer-line").text
    assert line.startswith(
        f"Word {trace.asked.word + 1}, {token(trace.words[trace.asked.word]).text}"
    )


def test_a_token_is_seen_whatever_it_holds():
    assert token("\u0301x").text == "◌\u0301x"
    assert token("\u202e").text == "\\u202e"
    assert len(token("x" * 99).text) == 28


@pytest.mark.parametrize("kind", [{}, {"n_layers": 9, "n_heads": 12}, {"objective": "masked_lm"}])
def test_300_words_and_many_heads_are_under_5_mb_and_what_is_left_out_is_said(kind):
    model = predictor(**kind, max_length=1000)
    trace = traced(model, "the cat sat on the mat " * 50, word=150)
    page = page_of(trace)
    assert len(page.encode()) < 5_000_000
    assert f"Tokens 144 to 155 of {len(trace.tokens)} are shown" in page
    assert "Words 138 to 161 of 300." in page
    if "n_heads" in kind:
        assert "6 of 9 layers are shown" in page
        assert "The first 8 of 12 heads are shown" in page
        assert "24 heads are shown, 84 more are not" in page


def test_one_word_has_a_page():
    for kind in KINDS:
        page = read(page_of(traced(predictor(**kind), "cat")))
        assert "Word 1, " in page.text
    assert "With one token there is nothing to weigh" in read(
        page_of(traced(predictor(), "cat"))
    ).text  # fmt: skip


def test_a_network_without_attention_says_so_and_claims_nothing():
    text = read(page_of(traced(predictor(n_layers=0), "the cat"))).text
    assert "no attention layer (encoder.n_layers is 0): no token sees another" in text
    assert "This network has no attention: it reads each word by itself." in text
    assert "the network has none" in text


def test_of_a_causal_model_no_token_is_said_to_see_a_later_one():
    page = read(page_of(traced(predictor("causal_lm"), "the cat sat on the mat", word=2)))
    assert "Every token compares itself with itself and those before it" in page.text
    for row in page.the(label="Scores from this token").rows():
        assert len(row) == 3  # the head's name, then what the second token sees
        assert "∞" not in " ".join(row)


def test_a_masked_word_model_says_that_the_word_is_hidden():
    trace = traced(predictor("masked_lm"), "the cat sat", word=2)
    page = read(page_of(trace))
    assert "It is hidden from the model, which must guess it" in page.text
    assert next(iter(page.the(label="Input tokens").rows()))[2] == "<mask>"
    assert "No parts add up to it" in page.text


# Files.


def outputs(root, with_training=True):
    """A folder with dvc.yaml, params.yaml and the outputs of a small run."""
    model = predictor()
    (root / "dvc.yaml").write_text("stages: {}\n")
    (root / "params.yaml").write_text("seed: 20\n")
    made = Artifacts(root)
    made.model.mkdir(parents=True)
    save_network(model.network, made.model)
    save_encoding(model.encoding, made.model)
    if with_training:
        made.evidence.mkdir()
        columns = HISTORY | {"epoch": [1, 2, 3]}
        rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
        write_history([EpochRow(**row) for row in rows], made.model)
        even = {f"{epoch}/0": torch.full((2, 2, 3, 3), 1 / 3) for epoch in (1, 2, 3)}
        write_watched(even, made.model / "watched.safetensors")
        write_rows(with_ends("zero_loss", 0.3, 0.0), [], made.evidence)
        write_kept_epoch(3, made.model)
    return model, made


def test_the_same_input_gives_the_same_bytes(tmp_path):
    pages = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        model, made = outputs(tmp_path / name)
        trace = traced(model, f"The cat {ATTACK}")
        write_trace(trace, made, tmp_path / f"{name}.html")
        pages.append((tmp_path / f"{name}.html").read_bytes())
    assert pages[0] == pages[1]
    write_page(page_of(traced(predictor(), "The mat")), tmp_path / "other.html")
    assert (tmp_path / "other.html").read_bytes() != pages[0]


def test_what_lies_beside_the_model_is_on_the_page(tmp_path):
    model, made = outputs(tmp_path)
    page = read(trace_page(traced(model, "the cat sat"), made.model, made.evidence))
    assert "weights of epoch 3, the kept one" in page.text
    assert "looks almost evenly at all tokens" in page.text
    assert (
        "Head 1: no fixed place; without it the loss rises by 0.300 nats [0.24, 0.36]" in page.text
    )
    missing = "Not measured for this run, so nothing is claimed from it here: accuracy change"
    assert missing in page.text


def test_what_is_missing_is_said_to_be_missing(tmp_path):
    model, made = outputs(tmp_path, with_training=False)
    text = read(trace_page(traced(model, "the cat sat"), made.model, made.evidence)).text
    assert "no record of the training beside this model" in text
    assert "Not measured for this run" in text
    text = read(page_of(traced(model, "the cat sat"))).text
    assert "no weights of the epochs lie beside this model" in text


def test_a_damaged_file_is_named(tmp_path):
    model, made = outputs(tmp_path)
    trace = traced(model, "the cat sat")
    (made.model / "training.json").write_text("{")
    with pytest.raises(ValueError, match=r"model/training\.json cannot be used"):
        trace_page(trace, made.model, made.evidence)
    (made.model / "history.csv").write_text("epoch,train_loss\n1,x\n")
    with pytest.raises(ValueError, match=r"model/history\.csv cannot be used"):
        trace_page(trace, made.model, made.evidence)


def headway(folder, *arguments):
    before = Path.cwd()
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        done = CliRunner().invoke(main, ["trace", *arguments], catch_exceptions=False)
    assert Path.cwd() == before
    return done


def test_the_command_writes_the_page_that_is_made_of_the_outputs(tmp_path):
    model, made = outputs(tmp_path)
    done = headway(tmp_path, "the cat sat", "--word", "2", "--html", "pages/cat.html")
    assert (done.exit_code, done.output) == (0, "pages/cat.html\n")
    expected = trace_page(traced(model, "the cat sat", word=2), made.model, made.evidence)
    assert (tmp_path / "pages/cat.html").read_text(encoding="utf-8") == expected
    lines = headway(tmp_path, "the cat sat").output
    assert lines.startswith("the cat sat\n")
    assert "<html" not in lines


@pytest.mark.parametrize(
    ("text", "more", "told"),
    [
        ("", [], "expected at least one word, found none"),
        (" \n", [], "expected at least one word, found none"),
        ("the cat", ["--word", "3"], "from 1 to 2, got 3"),
        ("cat " * 300, [], "at most 12 tokens"),
    ],
)
def test_a_sentence_that_cannot_be_traced_is_a_clear_error_and_leaves_the_file_as_it_was(
    tmp_path, text, more, told
):
    outputs(tmp_path)
    (tmp_path / "page.html").write_text("before")
    done = headway(tmp_path, text, "--html", "page.html", *more)
    assert done.exit_code == 1
    assert done.output.startswith("error: ")
    assert told in done.output
    assert (tmp_path / "page.html").read_text() == "before"


def test_a_damaged_output_leaves_the_page_as_it_was_and_nothing_beside_it(tmp_path):
    _, made = outputs(tmp_path)
    (made.evidence / "heads.json").write_text("[")
    folder = tmp_path / "pages"
    folder.mkdir()
    (folder / "page.html").write_text("before")
    done = headway(tmp_path, "the cat", "--html", "pages/page.html")
    assert done.exit_code == 1
    assert "heads.json cannot be used" in done.output
    assert [one.name for one in folder.iterdir()] == ["page.html"]
    assert (folder / "page.html").read_text() == "before"
