"""Random numbers that depend on what they are for, not on what came before."""

import hashlib
import random

import numpy as np
import torch


def seed_chance(*purpose: int | str) -> None:
    """Seed the generators of Python, numpy and torch in this process.

    Transforms and layers of all libraries draw from these.

    Args:
        *purpose (int | str): What the numbers are for, such as the seed of a
            run, an epoch and the number of a sample.
    """
    text = repr(purpose).encode()
    digest = hashlib.blake2b(text, digest_size=7).digest()
    seed = int.from_bytes(digest, 'big')
    random.seed(seed)
    # An array of more bits takes ten times as long.
    np.random.seed(seed % 2**32)
    # torch.manual_seed looks up its callers where CUDA is not in use.
    torch.default_generator.manual_seed(seed)
    if torch.cuda.is_initialized():
        torch.cuda.manual_seed_all(seed)
