"""The networks of a pre-training checkpoint, for images of its windows."""

from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional as F

from ..errors import InputError
from ..export.backbone import card_of
from ..export.checkpoint import read_checkpoint
from ..export.predict import load_run
from ..geo.maps.legend import Legend, common_legend
from ..geo.maps.product import list_products, load_product

Fractions = NDArray[np.float32]
BRANCHES = ('teacher', 'student')


class Network:
    """Student and teacher of a checkpoint, and what they take.

    Attributes:
        card (dict): Facts of :class:`geokr_mm.KnowledgeCardHook`.
        window (int): Pixels along a patch of the index it was trained on.
        grid (int): Cells along a window that the head separates; 1 for a
            plain head.
        branches (tuple[str, ...]): The one that maps are made of first.
    """

    def __init__(
        self, checkpoint: str | Path, branch: str | None, device: str
    ) -> None:
        if card_of(read_checkpoint(checkpoint)) is not None:
            raise InputError(
                f'{checkpoint}: is an exported backbone, which has no head '
                'and no classes; give the training checkpoint that it was '
                'exported from, such as work_dirs/RUN/epoch_21.pth'
            )
        model, config, self.card = load_run(checkpoint)
        self.source = str(checkpoint)
        missing = [
            key
            for key in ('bands', 'patch_size', 'legend', 'values')
            if not self.card.get(key)
        ]
        if missing:
            raise InputError(
                f'{checkpoint}: does not state its {", ".join(missing)}; '
                'give a checkpoint of a run on one index of one sensor, with '
                'geokr_mm.KnowledgeCardHook'
            )
        self.window = int(self.card['patch_size'])
        self.side = int(config.get('patch_size') or self.window)
        self.branches = self._branches(model, branch)
        self.model = model.to(device)
        self.device = device
        self.grid, self.stages = _finest(model.head, self._output, self)

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes, in the order of all fractions."""
        return tuple(self.card['legend'])

    def legend(self, product: str | None = None) -> Legend:
        """The classes with their codes and colours.

        Args:
            product (str, optional): Name or file of a product, where the
                checkpoint was trained on a file of one's own.

        Raises:
            InputError: If no product has these classes.
        """
        own = self.card.get('product') or ''
        legends = [common_legend()]
        for name in (own, product):
            if name in list_products() or name == product and name:
                legends.append(load_product(name).legend('native'))
        for legend in legends:
            if set(self.classes) <= set(legend.names):
                picked = [legend.names.index(c) for c in self.classes]
                classes = tuple(legend.classes[n] for n in picked)
                return replace(legend, classes=classes)
        raise InputError(
            f'{self.source}: was trained on {own or "an unknown product"} '
            f'with the classes {", ".join(self.classes)}, which '
            f'{product or "no shipped product"} does not have; give its file '
            'with --product'
        )

    @torch.inference_mode()
    def read(self, images: NDArray[np.float32]) -> dict[str, Fractions]:
        """Class fractions of the cells of windows.

        Args:
            images (ndarray): (N, C, h, w), as in training before mean and
                deviation.

        Returns:
            dict: For each of :attr:`branches` (N, grid, grid, K).
        """
        batch = torch.from_numpy(images).to(self.device)
        if batch.shape[-1] != self.side:
            size = (self.side, self.side)
            batch = F.interpolate(batch, size, mode='bilinear')
        data = dict(inputs=[batch], data_samples=[])
        batch = self.model.data_preprocessor(data, False)['inputs'][0]
        found = {}
        for branch in self.branches:
            part, output = self._output(branch, batch)
            if not self.stages:
                shares = part.head.summary(output).softmax(1)[:, None, None]
            else:
                shares = torch.stack(
                    [
                        part.head.shares(output[n], self.grid).exp()
                        for n in self.stages
                    ]
                ).mean(0)
                shares = shares / shares.sum(-1, keepdim=True)
            found[branch] = shares.float().cpu().numpy()
        return found

    def _output(self, branch: str, batch: torch.Tensor) -> tuple[Any, Any]:
        """A branch's network and what its head gives."""
        part = self.model if branch == 'student' else self.model.teacher
        feats = part.backbone(batch)
        if part.neck is not None:
            feats = part.neck(feats)
        return part, part.head(feats)

    def _branches(self, model: Any, wanted: str | None) -> tuple[str, ...]:
        moved = model.teacher is not None and int(model.teacher.moves) != 0
        found = BRANCHES if moved else ('student',)
        if wanted is not None and wanted not in found:
            raise InputError(
                f'{self.source}: has no teacher, or one that never moved; '
                'leave out --branch'
            )
        return tuple(sorted(found, key=lambda b: b != (wanted or found[0])))


def _finest(head: Any, output: Any, network: Network) -> tuple[int, list[int]]:
    """Most cells that a head separates, and the stages that do.

    Only cells of whole pixels count. A plain head has 1 and no stages.
    """
    if not hasattr(head, 'grids'):
        return 1, []
    bands = len(network.card['bands'])
    blank = torch.zeros(1, bands, network.side, network.side)
    with torch.inference_mode():
        _, maps = output('student', blank.to(network.device))
    sizes = [min(logits.shape[2:]) for logits in maps]
    fit = [
        g for g in head.grids if g <= max(sizes) and network.window % g == 0
    ]
    grid = max(fit, default=1)
    return grid, [n for n, size in enumerate(sizes) if size >= grid]


@lru_cache(maxsize=1)
def network_of(checkpoint: str, branch: str | None, device: str) -> Network:
    """A network, opened once in each process."""
    return Network(checkpoint, branch, device)


def choose_device(wanted: str | None) -> str:
    """``'cuda'`` where there is one, unless another is wanted.

    Raises:
        InputError: If torch has no such device.
    """
    if wanted is None:
        return 'cuda' if torch.cuda.is_available() else 'cpu'
    try:
        torch.zeros(1, device=wanted)
    except (RuntimeError, AssertionError) as error:
        raise InputError(
            f'--device {wanted}: {str(error).splitlines()[0]}; give cpu, or '
            'leave it out'
        ) from None
    return wanted
