import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.tracking.delivery import send_in_order
from pipeline.tracking.messages import (
    DatasetInput,
    Ending,
    Message,
    Metrics,
    Params,
    Picture,
    Tags,
    Upload,
    from_line,
    to_line,
)

pairs = st.dictionaries(st.text(), st.text())
whole = st.integers(0, 2**53)
messages: st.SearchStrategy[Message] = st.one_of(
    st.builds(Metrics, st.dictionaries(st.text(), st.floats(allow_nan=False)), whole, whole),
    st.builds(Params, pairs),
    st.builds(Tags, pairs),
    st.builds(DatasetInput, st.text(), st.text(), st.dictionaries(st.text(), whole), st.text()),
    st.builds(Upload, st.text(), st.text()),
    st.builds(Picture, st.text(), st.text(), whole, whole),
    st.builds(Ending, st.text(), whole),
)


@given(messages)
def test_a_message_survives_being_written_down(message: Message) -> None:
    line = to_line(message)
    assert line.count("\n") == 1
    assert from_line(line) == message


def test_not_a_number_survives_in_lines_that_any_json_reader_takes() -> None:
    line = to_line(Metrics({"loss": math.nan}, 1, 2))
    assert line == '{"kind": "metrics", "values": {"loss": "nan"}, "step": 1, "timestamp": 2}\n'
    kept = from_line(line)
    assert isinstance(kept, Metrics)
    assert math.isnan(kept.values["loss"])


@pytest.mark.parametrize(
    "line", ["", "{", "[]", "{}", '{"kind": "other"}', '{"kind": "ending", "step": 1}']
)
def test_a_damaged_line_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match="not a message about a run"):
        from_line(line)


class WithoutDriver:
    """MLflow's client of a store whose files lie where no installed package leads."""

    def __getattr__(self, name: str) -> None:
        raise ModuleNotFoundError("No module named 'boto3'")


def test_what_a_driver_of_the_store_fails_at_is_kept_and_the_reason_told() -> None:
    kept = [Upload("a.txt", "files"), Ending("FINISHED", 1)]
    delivery = send_in_order(WithoutDriver(), "1", kept)
    assert (delivery.refused, delivery.left) == ([], kept)
    assert delivery.reason == "ModuleNotFoundError: No module named 'boto3'"
