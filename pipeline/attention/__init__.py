"""Vectors attend to each other: scaled dot product, many heads, blocks of both."""

from pipeline.attention.encoder import After, Block, Encoder, LayerDone
from pipeline.attention.layer_at_work import Act, LayerAtWork
from pipeline.attention.multi_head import MultiHeadAttention, join_heads
from pipeline.attention.scaled_dot_product import (
    attend,
    attention_scores,
    attention_weights,
    fused_attention,
)
from pipeline.attention.visibility import Visibility

__all__ = [
    "Act",
    "After",
    "Block",
    "Encoder",
    "LayerAtWork",
    "LayerDone",
    "MultiHeadAttention",
    "Visibility",
    "attend",
    "attention_scores",
    "attention_weights",
    "fused_attention",
    "join_heads",
]
