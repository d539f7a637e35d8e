import numpy as np
import pytest

from pipeline.vectors.word_map import WordMap, read_map, write_map


def test_a_map_comes_back_to_four_decimals_whatever_its_tokens(tmp_path):
    tokens = ["the", '"', "\n", "</script>", "\N{HEBREW LETTER ALEF}"]
    xy = np.random.default_rng(0).uniform(-1, 1, (5, 2))
    write_map(WordMap("random", tokens, xy), tmp_path / "map.json")
    found = read_map(tmp_path / "map.json")
    assert (found.method, found.tokens) == ("random", tokens)
    np.testing.assert_allclose(found.xy, xy, rtol=0, atol=0.5e-4)
    write_map(found, tmp_path / "again.json")
    assert (tmp_path / "again.json").read_bytes() == (tmp_path / "map.json").read_bytes()


def test_a_map_of_no_token_is_a_map(tmp_path):
    write_map(WordMap("random", [], np.zeros((0, 2))), tmp_path / "map.json")
    assert read_map(tmp_path / "map.json").xy.shape == (0, 2)


@pytest.mark.parametrize(
    "text",
    [
        "{", "{}", '{"method": "random", "tokens": ["a"], "xy": []}',
        '{"method": "random", "tokens": ["a"], "xy": [[1, "b"]]}',
    ],
)  # fmt: skip
def test_a_damaged_map_is_named(tmp_path, text):
    (tmp_path / "map.json").write_text(text)
    with pytest.raises(ValueError, match=r"map\.json cannot be used"):
        read_map(tmp_path / "map.json")
