"""Does a head put its weight on the first token, whatever that is?"""

from pipeline.attention import LayerAtWork
from pipeline.study.about import About, Family, Headline
from pipeline.study.measuring import RowFigures, Seen, mean_of_rows

SINK = About(
    "sink",
    Family.LOOKS,
    title="weight on the first token (attention sink)",
    unit="",
    meaning="Average weight that tokens give to the first token, where they see another one too.",
    caveat="A first token that matters gets weight too, and in short sentences even equal weights "
    "give it much.",
    source="after Xiao et al. 2023, section 3.1, who show scores before the softmax",
    headline=Headline("sink", 45),
)


def figures(work: LayerAtWork, _: Seen) -> RowFigures:
    """a_i1, over the tokens i that can see two tokens or more.

    The first tokens of a text draw weight that has no better place to go (Xiao et al. 2023, section
    3.1). A token that can see the first alone must put 1 there, which proves nothing: it is not
    counted.
    """
    yield SINK, work.weights[..., 0], work.n_seen[:, None, :] > 1


MEASURE = mean_of_rows(figures, SINK)
