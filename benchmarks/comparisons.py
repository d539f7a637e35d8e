"""Who is compared with whom, on what, and what is to be reached."""

import os
import sys
from pathlib import Path
from typing import Any

from benchmarks.contender import Contender
from benchmarks.measure import Comparison, Goal
from benchmarks.prepared import Prepared
from benchmarks.work import Work, write_work

GROUPED = {"train_sampling_strategy": "group_by_length"}
"""What transformers documents for less padding."""
WHOLE, FIRST = 12_543, 6_000
"""Sentences of the training split: all, and as many as the slower peers can do in a minute."""
PEERS = ("trainer", "tutorial", "crf", "output_attentions")
"""Contenders that the peers' environment runs."""
STAGE = {"GOMP_SPINCOUNT": "1000"}
"""What every stage of Headway sets for itself."""


def groups(prepared: Prepared) -> dict[str, list[Comparison]]:
    """All comparisons, by what they are done on."""
    return {
        "Masked words, 64 x 4 x 1": _masked(prepared, "masked", FIRST, goal=15),
        "Masked words, 256 x 8 x 4": _masked(prepared, "masked_larger", FIRST, goal=None),
        "Tagging, 64 x 4 x 1": _tagging(prepared, "tagging", WHOLE, RATES["tagging"]),
        "Tagging, 256 x 8 x 4": _tagging(prepared, "larger", WHOLE, RATES["larger"]),
        "The default model and the bare loop": _default(prepared),
        "The encoder alone": _encoders(prepared),
        "Text to ids": _texts(prepared),
        "What the heads do": _heads(prepared),
        "Nothing to do": _idle(prepared),
        "A sweep": _swept(prepared),
        "The model in use": _used(prepared),
    }


RATES = {
    "tagging": {"headway": 0.01, "trainer": 0.003, "torch": 0.01, "x_transformers": 0.01},
    "larger": {"headway": 0.003, "trainer": 0.002, "torch": 0.001, "x_transformers": 0.001},
    "masked": {"headway": 0.01, "trainer": 0.003},
    "masked_larger": {"headway": 0.002, "trainer": 0.001},
}
"""Learning rates: the best of those tried for each contender by validation loss (docs/log.md)."""


def _masked(
    prepared: Prepared, variant: str, sentences: int, goal: float | None
) -> list[Comparison]:
    rates = RATES[variant]
    ours = _ours(prepared, variant, sentences, rates["headway"])
    trainers = _trainers(prepared, variant, sentences, rates["trainer"])
    return [_faster(ours, peer, goal) for peer in trainers]


def _tagging(
    prepared: Prepared, variant: str, sentences: int, rates: dict[str, float]
) -> list[Comparison]:
    ours = _ours(prepared, variant, sentences, rates["headway"])
    trainers = _trainers(prepared, variant, sentences, rates["trainer"])
    tutorials = [
        _trained(
            prepared,
            f"{name}, {variant}",
            "tutorial",
            _work(prepared, "words", variant, sentences, rates[encoder], encoder=encoder),
        )
        for encoder, name in (
            ("torch", "Lightning, torch.nn.TransformerEncoder"),
            ("x_transformers", "Lightning, x-transformers"),
        )
    ]
    return [
        *(_faster(ours, peer, 4) for peer in trainers),
        *(_faster(ours, peer, 2) for peer in tutorials),
    ]


def _default(prepared: Prepared) -> list[Comparison]:
    """The whole training loop, and the whole pipeline, against the bare loop; and the CRF."""
    work = _work(prepared, "parts", "default", WHOLE, 0.01)
    ours = _trained(prepared, "Headway, default", "headway", work)
    floor = _trained(prepared, "bare loop", "floor", work)
    crf = _trained(prepared, "python-crfsuite", "crf", work)
    again = _dvc("dvc repro -f", prepared.clone, "--force")
    return [
        _cost("training loop / bare loop", 1.15, ours, floor),
        _cost("dvc repro -f / bare loop", 3, again, floor),
        _cost("training / CRF with hand features", None, ours, crf),
    ]


def _encoders(prepared: Prepared) -> list[Comparison]:
    compared = []
    for variant, sentences, name in (
        ("tagging", WHOLE, "64 x 4 x 1"),
        ("larger", 1_500, "256 x 8 x 4"),
    ):
        ours, theirs = (
            _trained(
                prepared,
                f"{who}, encoder {name}",
                "encoder",
                _work(prepared, "words", variant, sentences, 0.01, encoder=encoder),
            )
            for encoder, who in (("headway", "Headway"), ("torch", "torch.nn.TransformerEncoder"))
        )
        compared.append(_cost(f"encoder {name} / torch.nn.TransformerEncoder", 1.0, ours, theirs))
    return compared


def _texts(prepared: Prepared) -> list[Comparison]:
    compared = []
    for tokens, name in (
        ("parts", "words and their hashed parts"),
        ("words", "words"),
        ("pieces", "byte pairs"),
    ):
        ours, theirs = (
            _trained(
                prepared,
                f"{who}, {name}",
                "text",
                _work(prepared, tokens, "default", WHOLE, 0.01, encoder=encoder),
            )
            for encoder, who in (("headway", "Headway"), ("tokenizers", "tokenizers.encode_batch"))
        )
        compared.append(_cost(f"{name} / encode_batch", 1.1, ours, theirs))
    return compared


def _heads(prepared: Prepared) -> list[Comparison]:
    """The same two measures, and all of the study's one pass against the peer's two."""
    compared = []
    peer = "output_attentions"
    for variant, size in (("tagging", "64 x 4 x 1"), ("larger", "256 x 8 x 4")):
        for measures in ("two", "all"):
            work = _work(prepared, "words", variant, WHOLE, 0.01, measures=measures)
            ours = _trained(prepared, f"{measures} measures, {size}", "heads", work)
            for batches in ("plain", "grouped"):
                work = _work(prepared, "words", variant, WHOLE, 0.01, batches=batches)
                theirs = _trained(prepared, f"{peer}, {batches}, {size}", peer, work)
                compared.append(_faster(ours, theirs, 3, must_learn_as_well=False))
    return compared


def _idle(prepared: Prepared) -> list[Comparison]:
    ours = _dvc("dvc repro, nothing to do", prepared.clone)
    theirs = _dvc("dvc repro, empty pipeline", prepared.empty)
    return [_cost("dvc repro with nothing to do / an empty pipeline", 1.3, ours, theirs)]


def _swept(prepared: Prepared) -> list[Comparison]:
    ours, theirs = (
        _in_clone(prepared, name, "trials", how)
        for how, name in (("sweep", "a sweep of three"), ("stages", "its trainings, evaluations"))
    )
    return [_cost("a sweep of three / its trainings and evaluations", 1.1, ours, theirs)]


def _used(prepared: Prepared) -> list[Comparison]:
    """What reading, cutting, writing and HTTP leave of the network's own speed."""
    predict, serve, forward = (
        _in_clone(prepared, name, "answers", how)
        for how, name in (
            ("predict", "headway predict"),
            ("serve", "headway serve, 50 clients"),
            ("forward", "bare forward pass"),
        )
    )
    return [_faster(ours, forward, None, must_learn_as_well=False) for ours in (predict, serve)]


def _in_clone(prepared: Prepared, name: str, module: str, how: str) -> Contender:
    """A contender's process that works in the clone, whose stages are done."""
    outcome = prepared.scratch / f"{how}.outcome.json"
    command = (
        sys.executable, "-m", f"benchmarks.contenders.{module}", how, str(prepared.clone),
        str(outcome),
    )  # fmt: skip
    return Contender(name, command, _with_our_programs(), prepared.root, outcome)


def _ours(prepared: Prepared, variant: str, sentences: int, rate: float) -> Contender:
    work = _work(prepared, "words", variant, sentences, rate)
    return _trained(prepared, f"Headway, {variant}", "headway", work)


def _trainers(prepared: Prepared, variant: str, sentences: int, rate: float) -> list[Contender]:
    """As it comes, and with the lengths of a batch alike."""
    ways: dict[str, dict[str, Any]] = {"": {}, " grouped by length": GROUPED}
    return [
        _trained(
            prepared,
            f"Trainer{way}, {variant}",
            "trainer",
            _work(prepared, "words", variant, sentences, rate, **settings),
        )
        for way, settings in ways.items()
    ]


def _faster(
    ours: Contender, theirs: Contender, goal: float | None, must_learn_as_well: bool = True
) -> Comparison:
    return Comparison(
        name=f"{ours.name} / {theirs.name}",
        goal=None if goal is None else Goal(goal, more_is_better=True),
        ours=ours,
        theirs=theirs,
        per="tokens a second",
        must_learn_as_well=must_learn_as_well,
        note="",
    )


def _cost(name: str, goal: float | None, ours: Contender, theirs: Contender) -> Comparison:
    return Comparison(
        name=name,
        goal=None if goal is None else Goal(goal, more_is_better=False),
        ours=ours,
        theirs=theirs,
        per="seconds",
        must_learn_as_well=False,
        note="",
    )


def _work(
    prepared: Prepared, tokens: str, variant: str, sentences: int, rate: float, **settings: Any
) -> Work:
    """A work on the treebank; `tokens` and `variant` are names in `prepared`."""
    return Work(
        corpus=str(prepared.root / "data" / "corpus"),
        tokens=str(prepared.tokens[tokens]),
        params=str(prepared.params[variant]),
        sentences=sentences,
        learning_rate=rate,
        settings=settings,
    )


def _trained(prepared: Prepared, name: str, module: str, work: Work) -> Contender:
    """A contender's process."""
    slug = "".join(c if c.isalnum() else "-" for c in f"{module}-{name}")
    work_file = prepared.scratch / f"{slug}.work.json"
    outcome = prepared.scratch / f"{slug}.outcome.json"
    write_work(work, work_file)
    is_peer = module in PEERS
    return Contender(
        name=name,
        command=(
            str(prepared.peers if is_peer else sys.executable),
            "-m",
            f"benchmarks.contenders.{module}",
            str(work_file),
            str(outcome),
        ),
        environment=STAGE if module == "headway" else {},
        folder=prepared.root,
        outcome=outcome,
    )


def _dvc(name: str, folder: Path, *arguments: str) -> Contender:
    command = (sys.executable, "-m", "dvc", "repro", "--quiet", *arguments)
    return Contender(name, command, _with_our_programs(), folder, outcome=None)


def _with_our_programs() -> dict[str, str]:
    """DVC starts the stages with whatever `python` comes first."""
    return {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
