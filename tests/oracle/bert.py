"""transformers' BERT at work on random weights, written down: run beside the tests, not in them.

With transformers in the environment, Lightning takes seconds longer to load; so it lies in a
folder of its own, and this file is run by a process of its own.
"""

import sys

import torch
from safetensors.torch import save_file
from transformers import BertConfig, BertModel

torch.manual_seed(0)
config = BertConfig(
    vocab_size=30, hidden_size=32, num_hidden_layers=2, num_attention_heads=4,
    intermediate_size=48, initializer_range=0.3,
)  # fmt: skip
bert = BertModel(config, add_pooling_layer=False).eval()
bert.set_attn_implementation("eager")
ids = torch.randint(1, 30, (3, 9))
is_token = torch.arange(9) < torch.tensor([[9], [6], [2]])
with torch.no_grad():
    seen = bert(
        ids, attention_mask=is_token.long(), output_attentions=True, output_hidden_states=True
    )
kept = {"input_ids": ids, "is_token": is_token}
for layer, weights in enumerate(seen.attentions):
    own = bert.encoder.layer[layer].attention.self
    kept |= {
        f"{layer}.vectors": seen.hidden_states[layer],
        f"{layer}.attentions": weights,
        f"{layer}.weight": torch.cat([own.query.weight, own.key.weight, own.value.weight]),
        f"{layer}.bias": torch.cat([own.query.bias, own.key.bias, own.value.bias]),
    }
save_file({name: tensor.detach().contiguous() for name, tensor in kept.items()}, sys.argv[1])
