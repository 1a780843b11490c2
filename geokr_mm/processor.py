"""What this machine's processor can do."""

from collections.abc import Mapping
from typing import Any


def multiplies_bfloat16(
    device: str = 'cpu', flags: Mapping[str, Any] | None = None
) -> bool:
    """Whether a processor has bfloat16 products of its own.

    Without them PyTorch emulates each, many times slower than float32.

    Args:
        device (str): ``'cpu'``, ``'cuda'`` or another, which has them.
        flags (Mapping, optional): What the CPU has, by name. Defaults to
            what PyTorch found.

    Returns:
        bool: True too where PyTorch is too old to know.
    """
    import torch

    if device == 'cuda' and torch.version.hip is None:
        return torch.cuda.get_device_capability()[0] >= 8
    if device != 'cpu':
        return True
    if flags is None:
        capabilities = getattr(torch.cpu, 'get_capabilities', None)
        if capabilities is None:
            return True
        flags = capabilities()
    return any(has for name, has in flags.items() if 'bf16' in name)
