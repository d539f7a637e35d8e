from pathlib import Path

from pipeline.params.manual import manual, sentences_of
from pipeline.params.section import Section
from pipeline.params.yaml_file import read_yaml

ROOT = Path(__file__).parents[2]


def leaves(values, prefix=""):
    for name, value in values.items():
        if isinstance(value, dict) and value:
            yield from leaves(value, f"{prefix}{name}.")
        elif value != {}:
            yield f"{prefix}{name}"


def test_the_page_in_docs_is_what_the_parameters_say():
    """After a change of pipeline/params or params.yaml: `make manual`."""
    assert (ROOT / "docs/parameters.md").read_text() == manual(ROOT / "params.yaml")


def test_every_parameter_of_the_file_has_a_row_with_its_value_and_a_sentence():
    parts = manual(ROOT / "params.yaml").split("\n## ")[1:]
    for part, (section, values) in zip(parts, read_yaml(ROOT / "params.yaml").items(), strict=True):
        rows = [line.split(" | ") for line in part.splitlines()[4:]]
        assert part.startswith(f"{section}\n")
        names = {row[0].removeprefix("| ").strip("`") for row in rows}
        assert names == set(leaves(values) if isinstance(values, dict) else [section])
        assert all(len(row[2]) > 12 for row in rows), section
    assert "| `n_layers` | `1` |" in parts[4]
    assert "| `dropout` | `0.0` |" in parts[4]
    assert "One of `learned` `even`." in parts[4]


def test_a_sentence_is_the_text_below_its_field_in_one_line():
    class Some(Section):
        first: int
        """One
        and two."""
        second: int
        third: int
        """Three."""

    assert sentences_of(Some) == {"first": "One and two.", "second": "", "third": "Three."}
