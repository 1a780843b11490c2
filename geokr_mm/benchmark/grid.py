"""Folders and files of a protocol's runs."""

from dataclasses import dataclass
from pathlib import Path

from .finetune import RANDOM
from .protocol import Method, Protocol

ROOT = Path(__file__).resolve().parents[2]
CONFIG = 'config.py'


@dataclass(frozen=True)
class Grid:
    """A protocol and its folders.

    Args:
        protocol (Protocol): What is run.
        out (Path): Work folder; gets index, checkpoints and logs.
        results (Path): Results table to append to.
        data (Path): Folder of real imagery.
    """

    protocol: Protocol
    out: Path
    results: Path
    data: Path

    @property
    def world(self) -> Path:
        """The synthetic world."""
        return self.out / 'world'

    @property
    def index(self) -> Path:
        """The knowledge index that methods train on."""
        return self.out / 'index.parquet'

    def index_of(self, method: Method) -> Path:
        """The knowledge index that one method trains on."""
        return self.index.with_stem(method.index or self.index.stem)

    @property
    def masks(self) -> Path:
        """Images and masks of the places not trained on."""
        return self.out / 'masks'

    def folder(self, method: Method, seed: int) -> Path:
        """Work folder of one pre-training."""
        return self.out / f'{method.name}-{seed}'

    def backbone(self, method: Method, seed: int) -> Path:
        """Backbone file of one pre-training."""
        return self.folder(method, seed) / 'backbone.pth'

    def init(self, method: Method, seed: int) -> str:
        """What downstream networks start from: a backbone file or RANDOM."""
        if method.config:
            return str(self.backbone(method, seed))
        return self.fill(method.start) or RANDOM

    def neck(self, method: Method, seed: int) -> Path:
        """Neck file of one pre-training with a feature pyramid."""
        return self.folder(method, seed) / 'neck.pth'

    def checkpoint(self, method: Method, seed: int) -> Path:
        """Last checkpoint of one pre-training."""
        steps = self.protocol.iterations(method)
        return self.folder(method, seed) / f'iter_{steps}.pth'

    def fill(self, text: str) -> str:
        """Put folders into a protocol's text."""
        return text.replace('{data}', str(self.data)).replace(
            '{world}', str(self.world)
        )
