"""What is told of the first table that embed makes."""

from tiny_corpora import FILES, SETTINGS, treebank
from workspace import ROOT

from pipeline.artifacts import Artifacts, VectorsFiles
from pipeline.files import read_json
from pipeline.params.whole import read_params
from pipeline.params.writing import write_params
from pipeline.tokens.encoding import load_encoding
from stages.corpus import corpus
from stages.embed import embed
from stages.tokenize import tokenize

SENTENCES = [[("the", "D"), ("cat", "N"), ("sat", "V")], [("cat", "N"), ("dog", "N")]]
OF_FILE = {"embed.method": "file", "embed.file.path": "data/source/vectors.txt"}


def test_of_a_file_of_vectors_it_is_told_how_much_of_the_words_and_of_the_text_it_had(tmp_path):
    treebank(tmp_path / "data/source/tiny", dict.fromkeys(FILES, SENTENCES))
    (tmp_path / "data/source/vectors.txt").write_text("cat 1 0 0 0\nthe 0 1 0 0\nhorse 0 0 1 0\n")
    write_params(ROOT / "params.yaml", tmp_path / "params.yaml", SETTINGS | OF_FILE)
    params, artifacts = read_params(tmp_path / "params.yaml"), Artifacts(tmp_path)
    for stage in (corpus, tokenize, embed):
        stage(params, artifacts)
    encoding = load_encoding(artifacts.tokens)
    specials = len({*encoding.special.ids})
    told = read_json(VectorsFiles(artifacts.vectors).summary)
    assert told["found"] == 2  # cat and the
    assert told["found_share"] == round(2 / (specials + 4), 4)  # and sat, dog
    assert told["found_share_of_text"] == 0.6  # the cat cat, of five words
