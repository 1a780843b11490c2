"""Integer hashing: randomness that depends on coordinates, not on order.

Everything random on the planet is a hash of where it is and of the seed,
so that any window of it can be made alone, in any order, on any process.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

U32 = npt.NDArray[np.uint32]
F32 = npt.NDArray[np.float32]

_A = np.uint32(0x9E3779B1)
_B = np.uint32(0x85EBCA77)
_C = np.uint32(0x7FEB352D)
_D = np.uint32(0x846CA68B)


def mix(value: U32) -> U32:
    """Scramble 32-bit integers (finaliser 'lowbias32' of C. Wellons)."""
    value = value ^ (value >> np.uint32(16))
    value = value * _C
    value = value ^ (value >> np.uint32(15))
    value = value * _D
    return value ^ (value >> np.uint32(16))


def cell_hash(i: npt.NDArray[Any], j: npt.NDArray[Any], seed: int) -> U32:
    """Hash two integer coordinates of any sign, which broadcast, and a seed.

    The seed separates one random quantity from another.
    """
    folded = np.uint32((seed ^ (seed >> 32)) & 0xFFFFFFFF)
    a = i.astype(np.int32).view(np.uint32) * _A
    b = j.astype(np.int32).view(np.uint32) * _B
    return mix(mix(a + folded) ^ b)


def rehash(value: U32, salt: int) -> U32:
    """An independent hash of the same thing."""
    return mix(value + np.uint32((salt * 0x9E3779B1 + 1) & 0xFFFFFFFF))


def unit(value: U32) -> F32:
    """Hashes as floats in [0, 1)."""
    return (value >> np.uint32(8)).astype(np.float32) * np.float32(2**-24)


def subseed(seed: int, *names: int | str) -> int:
    """A seed in [0, 2**63) from a seed and names, alike on every machine."""
    state = (seed * 0x9E3779B97F4A7C15 + 0x632BE59BD9B4E019) % 2**64
    for name in names:
        text = name if isinstance(name, str) else f'#{name}'
        for byte in text.encode():
            state = ((state ^ byte) * 0x100000001B3) % 2**64
        state = (state ^ (state >> 29)) * 0xBF58476D1CE4E5B9 % 2**64
    return (state ^ (state >> 32)) % 2**63
