"""Torch's settings -> the same roundings every time on the same machine."""

import os

import torch

from pipeline.params.train import TrainParams


def fix_arithmetic(threads: int) -> None:
    """Fix what would change the roundings: the number of threads and the choice of kernels.

    It is of the whole process; an operation that cannot be deterministic raises RuntimeError.
    """
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # cuBLAS is deterministic with it
    torch.set_num_threads(threads)
    os.environ["OMP_NUM_THREADS"] = str(threads)  # or Lightning shares the cores out anew under ddp
    # The same as use_deterministic_algorithms(True), which loads torch's compiler: a second.
    torch.set_deterministic_debug_mode("error")
    # Filling every new tensor shows reads of what was never written; it costs a tenth of the time.
    # torch's own types do not tell of this attribute.
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
    # cuDNN's attention has no deterministic backward pass.
    torch.backends.cuda.enable_cudnn_sdp(enabled=False)


def arithmetic_of(device: torch.device) -> dict[str, str]:
    """What the last bits depend on beside inputs and versions: device, threads, vector width."""
    cuda = device.type == "cuda"
    return {
        "device": f"cuda ({torch.cuda.get_device_name(device)})" if cuda else device.type,
        "threads": str(torch.get_num_threads()),
        "vector_width": torch.backends.cpu.get_cpu_capability(),
    }


def arithmetic_here(train: TrainParams) -> dict[str, str]:
    """What the bits of a training with these parameters would depend on, on this machine.

    The arithmetic is fixed for it, as `fix_arithmetic` does.
    """
    fix_arithmetic(train.threads)
    on_gpu = train.accelerator in ("auto", "gpu", "cuda") and torch.cuda.is_available()
    on_mps = train.accelerator in ("auto", "gpu", "mps") and torch.backends.mps.is_available()
    return arithmetic_of(torch.device("cuda" if on_gpu else "mps" if on_mps else "cpu"))
