import base64
import html
import json
import re

import numpy as np
import planted
import pytest
import torch
from jinja2 import UndefinedError
from small_objectives import OBJECTIVES

from pipeline.model.history import write_kept_epoch
from pipeline.model.network import Network
from pipeline.model.shape import ModelShape
from pipeline.pages import packing
from pipeline.pages.head_figures import (
    figure_text,
    head_measures,
    nearest_heads,
    pruning_steps,
    syntax_relations,
)
from pipeline.pages.heads_page import heads_page
from pipeline.pages.page import embedded_json, render_page, write_page
from pipeline.params.encoder import EncoderParams
from pipeline.resampling import Resampling
from pipeline.study.measures.diversity import Disagreements
from pipeline.study.measures.effective import part_weights
from pipeline.study.registry import abouts
from pipeline.study.table import HeadRow
from pipeline.study.watched import WatchedSentence, weights_on, write_watched
from pipeline.tokens.tokenizer import LEARNED

RESAMPLING = Resampling(1000, 0.95, seed=1)
HOSTILE = ("</script><script>alert(1)</script>", "שלום", "\"'", "\u2028", "<!--", "&lt;", "\ud800")


def planted_sentence(ids, tokens=None):
    return WatchedSentence(tokens or tuple(map(str, ids)), planted.planted_batch(ids))


def page_of(network, watched, folder, epochs=3, rows=()):
    final = weights_on(network, watched)
    seen = {
        f"{epoch}/{i}": (1 / one.shape[-1] + 0 * one if epoch != 2 else one)
        for epoch in range(1, epochs + 1)
        for i, one in enumerate(final)
    }
    write_watched(seen, folder / "watched.safetensors")
    write_kept_epoch(2, folder)
    return heads_page(network, watched, folder, list(rows), RESAMPLING)


def data_of(page):
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    return json.loads(found[1])


def unpacked(text, kind, steps, *shape):
    return np.frombuffer(base64.b64decode(text), kind).reshape(shape) / steps


@pytest.fixture
def watched():
    return (planted_sentence([3, 4, 3, 5]), planted_sentence([3, 4, 5, 3, 4, 5, 3], HOSTILE))


def test_the_same_input_gives_the_same_bytes(tmp_path, watched):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        page = page_of(planted.planted_network(2), watched, tmp_path / name)
        write_page(page, tmp_path / name / "heads.html")
    one, two = ((tmp_path / name / "heads.html").read_bytes() for name in ("one", "two"))
    assert one == two


def test_every_weight_of_the_page_is_the_network_s_to_half_a_step(tmp_path, watched):
    network = planted.planted_network(2)
    data = data_of(page_of(network, watched, tmp_path))
    assert (data["kept"], data["epochs"], data["all_epochs"]) == (2, [1, 2, 3], 3)
    for sentence, raw, told in zip(
        watched, weights_on(network, watched), data["sentences"], strict=True
    ):
        assert tuple(told["tokens"]) == sentence.tokens
        seen = unpacked(told["raw"], np.uint8, 255, 3, *raw.shape)
        assert np.abs(seen[1] - raw.numpy()).max() <= 0.5 / 255 + 1e-7
        assert np.abs(seen[0] - 1 / raw.shape[-1]).max() <= 0.5 / 255 + 1e-7
        works = []
        with torch.no_grad():
            network(sentence.batch, act=works.append)
        effective = torch.cat([part_weights(work).effective for work in works])
        seen = unpacked(told["effective"], np.int8, 127, *raw.shape)
        assert np.abs(seen - effective.numpy()).max() <= 0.5 / 127 + 1e-6
        values = np.stack([work.written_values[0].numpy() for work in works])
        with_one = np.concatenate([values, np.ones((*values.shape[:3], 1))], axis=-1)
        assert told["free"] == (len(sentence.tokens) - np.linalg.matrix_rank(with_one)).tolist()


def test_a_hostile_token_stays_a_text(tmp_path, watched):
    page = page_of(planted.planted_network(), watched, tmp_path)
    assert page.count("<script") == 2 == page.count("</script")
    assert "alert(1)<" not in page
    assert "\u2028" not in page
    assert data_of(page)["sentences"][1]["tokens"] == list(HOSTILE)


def test_a_hostile_title_is_escaped_and_nothing_is_referred_to_outside(tmp_path, watched):
    plain = render_page("base", "<b>&", {})
    assert "<b>" not in plain
    for page in (plain, page_of(planted.planted_network(), watched, tmp_path)):
        references = re.findall(r"(?:src|href|url)\s*[=(]\s*[\"']?([^\"'\s>)]+)", page)
        assert all(one.startswith(("#", "data:")) for one in references), references
        assert "default-src &#39;none&#39;" in page


def test_a_name_that_nobody_gave_and_a_number_that_is_none_are_errors():
    with pytest.raises(UndefinedError):
        render_page("heads", "Heads", {})
    with pytest.raises(ValueError, match="JSON compliant"):
        embedded_json({"a": float("nan")})
    assert embedded_json({"b": 1 / 3, "a": [True, 2]}) == '{"a":[true,2],"b":0.333333}'


def test_a_large_model_s_page_is_under_5_mb_and_says_what_it_leaves_out(tmp_path):
    encoder = EncoderParams(
        d_model=48, n_heads=12, n_layers=12, d_ff=8, dropout=0.0, part_dropout=0.0,
        positions="learned",
        attention="learned",
    )  # fmt: skip
    shape = ModelShape(
        objective=OBJECTIVES["tagging"], vocab_size=6, special=LEARNED,
        feature_rows=0, max_length=160,
        classes=tuple("abcdef"), asked=None, encoder=encoder,
    )  # fmt: skip
    torch.manual_seed(0)
    network = Network(shape).eval().requires_grad_(False)
    lengths = (6, 11, 14, 2, 8, 14, 25, 39, 150)
    watched = [planted_sentence([3 + i % 3 for i in range(length)]) for length in lengths]
    rows = [
        HeadRow(measure="entropy", layer=layer, head=head, value=1.0)
        for layer in range(1, 13)
        for head in range(1, 13)
    ]
    page = page_of(network, watched, tmp_path, epochs=30, rows=rows)
    data = data_of(page)
    assert len(page.encode()) < 5_000_000
    assert data["too_long"] == [150]
    assert 2 in data["epochs"]
    assert 1 < len(data["epochs"]) < data["all_epochs"] == 30
    assert "1 sentence of 150 tokens is left out" in page
    assert f"Of 30 epochs {len(data['epochs'])} are shown" in page


def test_a_network_without_heads_and_one_without_sentences_say_so(tmp_path):
    encoder = planted.planted_network().shape.encoder.model_copy(update={"n_layers": 0})
    shape = planted.planted_network().shape.model_copy(update={"encoder": encoder})
    page = heads_page(
        Network(shape).eval(), (planted_sentence([3, 4]),), tmp_path / "none", [], RESAMPLING
    )
    assert "no heads to look at" in page
    rows = [HeadRow(measure="entropy", layer=1, head=1, value=0.5)]
    page = heads_page(planted.planted_network(), (), tmp_path / "none", rows, RESAMPLING)
    assert "no sentence to show" in page
    assert "<td>0.500</td>" in page


def test_weights_of_other_sentences_are_refused(tmp_path, watched):
    page_of(planted.planted_network(), watched, tmp_path)
    with pytest.raises(ValueError, match="other sentences or of another network"):
        heads_page(planted.planted_network(), watched[:1], tmp_path, [], RESAMPLING)


@pytest.mark.parametrize("kept", [1, 4, 17, 30])
@pytest.mark.parametrize("most", [0, 1, 2, 7, 30, 99])
def test_epochs_are_spread_and_the_kept_one_is_among_them(kept, most):
    chosen = packing.epochs_that_fit(30, kept, most)
    assert kept in chosen
    assert chosen == sorted(set(chosen))
    assert len(chosen) == max(1, min(30, most))


def test_the_longest_sentences_go_first():
    assert packing.sentences_that_fit([3, 9, 4], heads=2, budget=4 * (9 + 16)) == [0, 2]
    assert packing.sentences_that_fit([3], heads=2, budget=35) == []


def test_a_missing_row_is_not_known_and_none_is_not_defined():
    rows = [
        HeadRow(measure="entropy", layer=1, head=1, value=None),
        HeadRow(measure="rollout_self", layer=1, value=0.5),
        HeadRow(measure="syntax_p", layer=1, head=1, relation="det", value=0.5),
    ]
    (measure,) = head_measures(rows, 1, 2, 1000)
    assert measure["texts"] == [["not defined", "not known"]]
    assert measure["values"] == [[None, None]]


def test_relations_lead_the_fixed_distance_and_say_whether_the_head_follows_them():
    figures = {
        "det": (0.9, 0.5, 0.001, 0.95, 1.0, 0.0), "amod": (0.9, 0.2, 0.01, 0.9, 0.5, 0.0),
        "aux": (0.9, 0.1, 0.2, 0.1, 0.2, 0.0), "cop": (0.1, 0.2, 0.0, 0.1, 0.0, 0.0),
        "obj": (0.7, 0.6, 0.01, 0.65, 0.02, 1.0),
    }  # fmt: skip
    names = ("accuracy", "baseline", "p", "tag_baseline", "tag_p", "follows")

    def row(head, name, relation, value, tag=None):
        return HeadRow(
            measure=f"syntax_{name}", layer=1, head=head, relation=relation, direction="up",
            tag=tag, value=value,
        )  # fmt: skip

    rows = [
        row(2, name, relation, value)
        for relation, values in figures.items()
        for name, value in zip(names, values, strict=True)
    ]
    rows += [row(2, "tag_share", one, 0.9, "NOUN") for one in figures]
    lead = {"accuracy": 0.9, "baseline": 0.5, "p": 0.001}
    rows += [row(1, name, "det", value) for name, value in lead.items()]
    found = syntax_relations(rows)
    assert [one["relation"] for one in found["1.2"]] == ["obj: up", "amod: up", "det: up"]
    assert found["1.2"][2] == {
        "relation": "det: up", "accuracy": "0.900", "fixed distance": "0.500, p 0.001",
        "nearest tag": "NOUN 0.950, p 1.000", "follows": "no",
    }  # fmt: skip
    assert found["1.2"][0]["follows"] == "yes"
    (unknown,) = found["1.1"]  # of a model that gives no tags
    assert (unknown["nearest tag"], unknown["follows"]) == ("not known", "not known")


def test_every_measure_that_a_page_shows_says_there_what_it_does_not_prove(tmp_path, watched):
    # As the study's rows are: some of a head, some of a layer, some of something besides.
    question = {"relation": "det", "direction": "dependent to head"}
    besides = dict.fromkeys((one for one in abouts() if one.startswith("syntax")), question)
    besides |= {"syntax_followed": {}, "syntax_tag_share": question | {"tag": "DET"}}
    besides |= {key: {"other_layer": 1, "other_head": 2} for key in ("divergence", "similarity")}
    besides |= {key: {"step": 1} for key in ("pruning_loss", "pruning_accuracy")}
    figures = {"syntax_p": 0.001, "syntax_accuracy": 0.9, "syntax_baseline": 0.2}
    rows = []
    for name in abouts():
        place = {"layer": 1, "head": None if name.startswith("rollout") else 1}
        value = figures.get(name, 0.5)
        rows.append(HeadRow(measure=name, value=value, **place, **besides.get(name, {})))
    page = html.unescape(page_of(planted.planted_network(), watched, tmp_path, rows=rows))
    shown = json.dumps(data_of(page), ensure_ascii=False) + re.sub(
        r"<script.*?</script>", "", page, flags=re.DOTALL
    )
    assert [name for name, about in abouts().items() if about.caveat not in shown] == []


def test_an_interval_stands_beside_its_figure(tmp_path, watched):
    rows = [HeadRow(measure="zero_loss", layer=1, head=2, value=0.065, low=0.0598, high=0.0703)]
    (measure,) = head_measures(rows, 1, 2, 1000)
    assert measure["intervals"] == [["", "[0.060, 0.070]"]]
    page = page_of(planted.planted_network(), watched, tmp_path, rows=rows)
    assert "95 % intervals, of 1,000 draws of whole sentences" in page
    assert "0.065 <small>[0.060, 0.070]</small>" in page


def test_the_nearest_heads_are_those_whose_weights_lie_nearest():
    apart = np.array([0.0, 0.4, 0.1, 0.3, 0.2, 0.5]).reshape(2, 3)
    divergence = np.abs(apart[..., None, None] - apart)
    found = nearest_heads(list(Disagreements(divergence, 1 - divergence).rows()))
    assert [one["other"] for one in found["1.1"]] == ["1.3", "2.2", "2.1", "1.2"]
    assert found["1.1"][1] == {"other": "2.2", "divergence": "0.200", "similarity": "0.800"}
    assert len(found) == 6


def test_heads_go_in_the_order_of_the_steps_with_bars_for_the_rise_of_the_loss():
    steps = [(2, 1, -0.01, 0.001), *((1, i + 1, 0.1 * i, -0.05 * i) for i in range(10))]
    rows = [
        HeadRow(
            measure=f"pruning_{name}",
            layer=layer,
            head=head,
            step=step,
            value=value,
            low=value - 0.01,
            high=value + 0.02,
        )
        for step, (layer, head, loss, accuracy) in enumerate(steps, start=1)
        for name, value in (("loss", loss), ("accuracy", accuracy))
    ]
    found = pruning_steps([*rows[5:], *rows[:5]], 1000)
    assert [one["head"] for one in found] == ["2.1", *(f"1.{head + 1}" for head in range(10))]
    minus = "\N{MINUS SIGN}"
    assert found[0] == {
        "head": "2.1", "loss": f"{minus}0.010", "accuracy": "+0.001", "width": "0.0",
        "loss_interval": f"[{minus}0.02, 0.01]", "accuracy_interval": f"[{minus}0.01, 0.02]",
    }  # fmt: skip
    assert found[4] == {
        "head": "1.4", "loss": "+0.300", "accuracy": f"{minus}0.150", "width": "33.3",
        "loss_interval": "[0.29, 0.32]", "accuracy_interval": f"[{minus}0.16, {minus}0.13]",
    }  # fmt: skip
    assert found[-1]["width"] == "100.0"
    assert pruning_steps([], 1000) == []


def test_a_figure_has_three_decimals_or_says_its_power():
    figures = {None: "not defined", 0.0: "0.000", 0.0005: "0.001", 3e-7: "3e\N{MINUS SIGN}07"}
    assert {value: figure_text(value) for value in figures} == figures
