"""Torch's settings -> the same roundings every time on the same machine."""

import os

import torch


def fix_arithmetic(threads: int) -> None:
    """Fix what would change the roundings: the number of threads and the choice of kernels."""
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # cuBLAS is deterministic with it
    torch.set_num_threads(threads)
    torch.use_deterministic_algorithms(mode=True)
    # cuDNN's attention has no deterministic backward pass.
    torch.backends.cuda.enable_cudnn_sdp(enabled=False)
