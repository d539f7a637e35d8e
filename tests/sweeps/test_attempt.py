"""Why a trial failed, in its stage's words."""

import pytest

from pipeline.sweeps.attempt import failure_reason

OF_A_STAGE = """Running stage 'train':
> python -m stages.train
error: train: train.precision 16-mixed is for GPUs
ERROR: failed to reproduce 'train': failed to run: python -m stages.train, exited with 1
"""
OF_PARAMETERS = """error: corpus: params.yaml cannot be used:
  train.max_epochs is 0: input should be greater than or equal to 1
  seed is missing
ERROR: failed to reproduce 'corpus'
"""
OF_A_FAULT = """Traceback (most recent call last):
  File "stages/train.py", line 3, in train
torch.OutOfMemoryError: CUDA out of memory.
ERROR: failed to reproduce 'train'
"""


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (OF_A_STAGE, "train: train.precision 16-mixed is for GPUs"),
        (
            OF_PARAMETERS,
            "corpus: params.yaml cannot be used: train.max_epochs is 0: input should be greater "
            "than or equal to 1 seed is missing",
        ),
        (OF_A_FAULT, "torch.OutOfMemoryError: CUDA out of memory."),
        ("ERROR: 'dvc.yaml' is invalid.\n", "'dvc.yaml' is invalid."),
        ("", "exit status 3"),
    ],
)
def test_the_reason_is_the_stages_own_else_the_faults_else_dvcs(said, reason):
    assert failure_reason(said, 3) == reason
