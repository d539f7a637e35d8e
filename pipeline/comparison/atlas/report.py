"""The atlas of a group -> what it says in sentences, and its tables."""

import math
from collections.abc import Iterator

from pipeline.comparison.atlas.atlas import Atlas
from pipeline.comparison.atlas.heads import NO_ROLE, HeadOfRun
from pipeline.comparison.atlas.stability import DEALS, LEAST
from pipeline.comparison.tables import Table
from pipeline.numbers import ABSENT, digits, with_interval

ROLES = {
    "previous": "the previous token",
    "next": "the next token",
    "self": "itself",
    "first": "the first token",
    "duplicate": "the same word elsewhere",
    NO_ROLE: "no fixed place",
}
"""What a head looks at; of any other role, the relation's own name."""


def atlas_lines(atlas: Atlas) -> Iterator[str]:
    """What can be said of the whole, a sentence a line."""
    runs = len(atlas.watched)
    found, p = atlas.stability.mean, atlas.stability.p
    low, high = (None if math.isnan(it) else it for it in (found.low, found.high))
    stable = with_interval(found.value, low, high, None)
    each = len(atlas.heads) // runs
    yield f"{runs} runs of {atlas.subject.label}, {each} {'head' if each == 1 else 'heads'} each"
    if not atlas.stability.is_defined:
        yield (
            "how well a head is found again is not defined where each run has one: there is no "
            "other that it could be taken for"
        )
        return
    if p > 1 / 20:
        yield f"the heads are not found again from run to run: stability {stable}, p = {p:.2f}"
    else:
        yield (
            f"a head is found again in the other runs with a stability of {stable}: 1 is the same "
            f"head, 0 as alike as chance makes it (p = {p:.2f})"
        )
    yield _worth_line(atlas, runs)


def _worth_line(atlas: Atlas, runs: int) -> str:
    rho = atlas.worth_and_stability
    if rho is None:
        few = (
            f"{runs} runs are too few (expected {LEAST})" if runs < LEAST else "they do not differ"
        )
        return f"whether stable heads are worth more cannot be said: {few}"
    told = f"Spearman's rho {with_interval(rho.value, rho.low, rho.high, None)}"
    if rho.low <= 0 <= rho.high:
        return f"whether stable heads are worth more cannot be told: {told}"
    return f"the heads worth most are the {'' if rho.value > 0 else 'un'}stable ones: {told}"


def role_table(atlas: Atlas) -> Table:
    """A row a role, those that more runs have first."""
    runs = len(atlas.watched)
    rows = [
        (
            ROLES.get(it.role, it.role),
            f"{it.runs} of {runs}",
            str(it.heads),
            ABSENT if it.born is None else f"{it.born:g}",
            ABSENT if it.worth is None else f"{it.worth:.3f}",
            ABSENT if it.stability is None else digits(it.stability),
        )
        for it in atlas.roles
    ]
    notes = (
        "looks at: a relation that the head follows better than both simple rules, else the place "
        "that it looks at more than twice as often as even weights",
        f"since: the median epoch from which it looks there on the {len(atlas.watched[0].tokens)} "
        "watched sentences",
        "worth: the mean loss increase without the head, in nats; one head alone is gone",
        f"stability: 1 - d / e, d the divergence of a head's weights from those of its partner in "
        f"another run, e the same where rows are dealt out anew among the heads ({DEALS} times)",
    )
    header = ("looks at", "runs", "heads", "since", "worth", "stability")
    return Table("what the heads do", header, tuple(rows), (0,), ("heads",), notes)


def head_table(atlas: Atlas) -> Table:
    """A row a head, the most stable first."""
    order = sorted(atlas.heads, key=lambda it: (-(it.stability or 0.0), it.run, it.place))
    rows = [
        (
            _run(atlas, it),
            f"{it.place[0]}.{it.place[1]}",
            ROLES.get(it.role, it.role),
            ABSENT if it.born is None else str(it.born),
            ABSENT if it.worth is None else f"{it.worth:.3f}",
            ABSENT if it.stability is None else digits(it.stability),
        )
        for it in order
    ]
    header = ("run", "head", "looks at", "since", "worth", "stability")
    return Table("every head", header, tuple(rows), (0, 1, 2), ())


def named(atlas: Atlas, head: HeadOfRun) -> str:
    """A head in words, with its numbers."""
    worth = "" if head.worth is None else f", worth {head.worth:.3f} nats"
    place = f"{head.place[0]}.{head.place[1]}"
    looks = ROLES.get(head.role, head.role)
    stability = "" if head.stability is None else f", stability {digits(head.stability)}"
    return f"{_run(atlas, head)}, head {place}: {looks}{stability}{worth}"


def _run(atlas: Atlas, head: HeadOfRun) -> str:
    """By its seed, where that tells it from the others."""
    members = atlas.subject.members
    member = members[head.run]
    is_alone = [it.seed for it in members].count(member.seed) == 1
    return f"seed {member.seed}" if member.seed and is_alone else member.named
