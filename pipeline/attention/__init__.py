"""Vectors attend to each other: scaled dot product, many heads, blocks of both."""

from pipeline.attention.encoder import Block, Encoded, Encoder
from pipeline.attention.multi_head import Attended, MultiHeadAttention, join_heads, split_heads
from pipeline.attention.scaled_dot_product import (
    attend,
    attention_scores,
    attention_weights,
    fused_attention,
)

__all__ = [
    "Attended",
    "Block",
    "Encoded",
    "Encoder",
    "MultiHeadAttention",
    "attend",
    "attention_scores",
    "attention_weights",
    "fused_attention",
    "join_heads",
    "split_heads",
]
