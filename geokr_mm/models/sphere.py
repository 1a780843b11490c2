"""Places on the sphere as vectors and cells."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from geokr_mm.errors import InputError


def unit_vectors(lonlat: Tensor) -> Tensor:
    """Points on the unit sphere.

    Args:
        lonlat (Tensor): Longitude and latitude in degrees, (N, 2).

    Returns:
        Tensor: float64 of shape (N, 3). Two patches of one scene differ in
        the ninth digit of their dot product, which float32 does not have.
    """
    lon, lat = torch.deg2rad(lonlat.double()).unbind(dim=1)
    return torch.stack(
        [lat.cos() * lon.cos(), lat.cos() * lon.sin(), lat.sin()], dim=1
    )


def equal_area_centres(count: int) -> NDArray[np.float64]:
    """Centres of cells of nearly equal area: the Fibonacci lattice.

    A. Gonzalez, "Measurement of areas on a sphere using Fibonacci and
    latitude-longitude lattices", Mathematical Geosciences 2010,
    here with points i + 1/2 so that any number of them will do.

    Args:
        count (int): N, number of cells.

    Returns:
        np.ndarray: Unit vectors of shape (N, 3).
    """
    steps = np.arange(count) + 0.5
    z = 1.0 - 2.0 * steps / count
    turn = 2.0 * np.pi * steps * (2.0 / (1.0 + np.sqrt(5.0)))
    ring = np.sqrt(1.0 - z * z)
    return np.stack([ring * np.cos(turn), ring * np.sin(turn), z], axis=1)


def cluster_centres(
    vectors: NDArray[np.float64], count: int, rounds: int = 20
) -> NDArray[np.float64]:
    """k-means centres of places, the same for the same places.

    Starts from places that are far from each other (T. F. Gonzalez,
    "Clustering to minimize the maximum intercluster distance", 1985), the
    first being the first place, so nothing is drawn by chance.

    Args:
        vectors (np.ndarray): Unit vectors of shape (N, 3).
        count (int): Number of centres.
        rounds (int): Rounds of k-means. Defaults to 20.

    Returns:
        np.ndarray: Unit vectors of shape (count, 3).

    Raises:
        InputError: If there are fewer different places than centres.
    """
    from scipy.cluster.vq import kmeans2

    chosen = [0]
    nearest = ((vectors - vectors[0]) ** 2).sum(axis=1)
    while len(chosen) < count:
        chosen.append(int(nearest.argmax()))
        if nearest[chosen[-1]] == 0.0:
            raise InputError(
                f'the index has {len(chosen) - 1} different places, fewer '
                f'than num_places={count}; lower num_places'
            )
        apart = ((vectors - vectors[chosen[-1]]) ** 2).sum(axis=1)
        nearest = np.minimum(nearest, apart)
    centres, _ = kmeans2(vectors, vectors[chosen], iter=rounds, minit='matrix')
    return centres / np.linalg.norm(centres, axis=1, keepdims=True)
