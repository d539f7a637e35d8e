"""A bundled run -> the page that says what it is and how to verify it. No script, no network."""

import shlex
from collections.abc import Iterable, Mapping
from html import escape

from pipeline.recording.metric_names import of_split
from pipeline.recording.record import patch_file
from pipeline.runs.fetching import Kept

STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem;
       color: #1b1f24; background: #fff; }
table { border-collapse: collapse; margin: 1rem 0; }
th, td { text-align: left; padding: .15rem 1rem .15rem 0; border-bottom: 1px solid #d5d9de;
         vertical-align: top; overflow-wrap: anywhere; }
pre { background: #f2f4f6; padding: .8rem 1rem; overflow-x: auto; }
@media (prefers-color-scheme: dark) {
  body { color: #e6e9ec; background: #15181b; } pre { background: #23282d; }
  th, td { border-color: #3a4148; }
}
"""
HEADLINES = (
    *(of_split("test", name) for name in ("accuracy", "macro_f1", "loss")),
    of_split("validation", "accuracy"),
)


def bundle_page(kept: Kept, left_out: Mapping[str, str], file_name: str) -> str:
    """Self-contained HTML; everything that came from data is escaped."""
    record = kept.record
    patch = f" with the changes of run/{patch_file(record.source)}" if kept.patch else ""
    machine = kept.environments["train"].machine if "train" in kept.environments else {}
    metrics = [(name, f"{kept.metrics[name]:.6g}") for name in HEADLINES if name in kept.metrics]
    missing = (
        "<h2>Not inside</h2>" + _table(left_out.items())
        if left_out
        else "<p>All of the run's own data is inside.</p>"
    )
    corpus = record.params["corpus"]
    settings = corpus.get(corpus.get("kind", corpus.get("source")), {})  # older runs: `source`
    is_own = str(settings.get("path", "")).startswith("data/source")
    fetched = (
        "<p>The corpus itself is fetched by the first stage, from the place and with the hash that "
        "the code names; its licence stands beside it then.</p>"
        if not is_own
        else ""
    )
    return f"""<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{escape(kept.name)}: a run of Headway</title><style>{STYLE}</style>
<h1>{escape(kept.name)}</h1>
<p>One run of Headway with all that it takes to make it again, and to say whether the result is the
same, bit for bit.</p>
{_table([("run", kept.run_id), ("code", record.commit + patch), *metrics])}
<h2>Verify</h2>
<p>Is every file what it was when the bundle was written?</p>
<pre>unzip -q {escape(shlex.quote(file_name))} -d bundle
cd bundle &amp;&amp; sha256sum --check --quiet SHA256SUMS</pre>
<p>Make the run again, with Python {escape(machine.get("python", "3.11"))} and make; it ends with
exit status 0 (identical), 3 (within tolerance) or 1 (different):</p>
<pre>make -C code .venv/installed
code/.venv/bin/headway reproduce {escape(shlex.quote(f"../{file_name}"))}</pre>
<h2>What it was made with</h2>
{_table(machine.items())}
{missing}{fetched}
<h2>What is where</h2>
{_table(WHERE)}
</html>
"""


WHERE = (
    ("code/", "the commit with its uncommitted changes, params.yaml, requirements.lock, data"),
    ("run/record/", "every input and output by hash, versions and machine: a file for each stage"),
    ("run/data/model/", "weights (safetensors), the model's shape, the history of its training"),
    ("run/data/evidence/", "figures, tables, predictions, pictures"),
    ("bundle.json", "the run's name and metrics, what was left out"),
)


def _table(rows: Iterable[tuple[str, str]]) -> str:
    cells = (f"<tr><th scope=row>{escape(a)}<td>{escape(b)}" for a, b in rows)
    return f"<table>{''.join(cells)}</table>"
