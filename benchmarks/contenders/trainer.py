"""transformers' Trainer with BERT, dynamic padding."""

import tempfile
import time

import torch
import transformers
from torch import Tensor

from benchmarks.work import Task, Trained, contend
from pipeline.model.batch import Batch
from pipeline.tokens.tokenizer import LEARNED, SPECIAL


def train(task: Task) -> Trained:
    """A model with Headway's dimensions, in the library's own loop."""
    tokenizer = transformers.PreTrainedTokenizerFast(
        tokenizer_object=task.encoding.tokenizer,
        pad_token=SPECIAL[LEARNED.padding],
        unk_token=SPECIAL[LEARNED.unknown],
        mask_token=SPECIAL[LEARNED.mask],
    )
    model, collator = _model_and_collator(task, tokenizer)
    with tempfile.TemporaryDirectory() as folder:
        trainer = transformers.Trainer(
            model=model,
            args=_arguments(task, folder),
            train_dataset=task.training_sentences(),
            data_collator=collator,
        )
        start = time.perf_counter()
        trainer.train()
        seconds = time.perf_counter() - start
    model.eval()

    def score(batch: Batch) -> Tensor:
        mask = None if batch.is_token is None else batch.is_token.long()
        logits = model(input_ids=batch.input_ids.long(), attention_mask=mask).logits
        return logits.flatten(0, 1)[batch.target_at]

    return Trained(seconds, score, _described(task))


def _model_and_collator(task, tokenizer):
    encoder = task.params.encoder
    config = transformers.BertConfig(
        vocab_size=task.shape.vocab_size,
        hidden_size=encoder.d_model,
        num_hidden_layers=encoder.n_layers,
        num_attention_heads=encoder.n_heads,
        intermediate_size=encoder.d_ff,
        max_position_embeddings=task.shape.max_length,
        hidden_dropout_prob=encoder.dropout,
        attention_probs_dropout_prob=encoder.dropout,
        num_labels=task.shape.n_classes,
    )
    if task.params.objective.kind == "tagging":
        return (
            transformers.BertForTokenClassification(config),
            transformers.DataCollatorForTokenClassification(tokenizer),
        )
    share = task.params.objective.masked_lm.mask_share
    return (
        transformers.BertForMaskedLM(config),
        transformers.DataCollatorForLanguageModeling(tokenizer, mlm_probability=share),
    )


def _arguments(task, folder):
    params = task.params.train
    settings = {
        "output_dir": folder,
        "per_device_train_batch_size": task.sentences_per_step,
        "num_train_epochs": params.max_epochs,
        "learning_rate": params.learning_rate,
        "lr_scheduler_type": "cosine",
        "warmup_steps": params.warmup_share,
        "weight_decay": params.weight_decay,
        "adam_beta1": params.betas[0],
        "adam_beta2": params.betas[1],
        "max_grad_norm": params.gradient_clip,
        "seed": task.params.seed,
        "logging_strategy": "no",
        "save_strategy": "no",
        "report_to": [],
        "disable_tqdm": True,
        "use_cpu": not torch.cuda.is_available(),
        "bf16": params.precision == "bf16-mixed",
        "dataloader_pin_memory": torch.cuda.is_available(),
    }
    return transformers.TrainingArguments(**(settings | task.work.settings))


def _described(task):
    return ", ".join(f"{name}={value}" for name, value in task.work.settings.items())


if __name__ == "__main__":
    contend(train)
