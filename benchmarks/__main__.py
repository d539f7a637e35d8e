"""`make bench`: every comparison in one run -> benchmarks/results.md and its pictures.

`python -m benchmarks PEERS` with the interpreter that the peers are installed for. What was
measured so far is kept after every group, in .headway/bench/results.json.
"""

import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from benchmarks.comparisons import groups
from benchmarks.grown import announcements, measure_growth
from benchmarks.machine import machine_of
from benchmarks.measure import announcing, distinct, measure_group
from benchmarks.prepared import prepare
from benchmarks.report import Results, write_report, write_results

ROOT = Path(__file__).parents[1]
ROUNDS = 2
SCALES, LARGEST = (1, 10), 100


def main() -> None:
    """Prepare, measure, write."""
    peers = Path(sys.argv[1])
    machine = machine_of(peers)
    scratch = ROOT / ".headway" / "bench"
    results = Results(machine, groups=(), curves=(), tables=())
    asked = groups(prepare(ROOT, scratch, peers))
    runs = ROUNDS * sum(len(distinct(comparisons)) for comparisons in asked.values())
    with announcing(runs + announcements(ROUNDS, SCALES, LARGEST)) as announce:
        for title, comparisons in asked.items():
            measured = measure_group(title, comparisons, ROUNDS, announce)
            results = replace(results, groups=(*results.groups, measured))
            write_results(results, scratch / "results.json")
        with tempfile.TemporaryDirectory(prefix="growth-", dir=scratch) as place:
            tokens = ROOT / "data" / "tokens"
            grown = measure_growth(ROOT, Path(place), tokens, ROUNDS, SCALES, LARGEST, announce)
    results = replace(
        results,
        groups=(*results.groups, *grown.groups),
        curves=grown.curves,
        tables=grown.tables,
    )
    write_results(results, scratch / "results.json")
    write_report(results, ROOT / "benchmarks")
    print(f"wrote {ROOT / 'benchmarks' / 'results.md'}")


if __name__ == "__main__":
    try:
        main()
    except ValueError as error:
        sys.exit(f"error: {error}")
