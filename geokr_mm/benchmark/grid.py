"""Folders and files of a protocol's runs."""

from dataclasses import dataclass
from pathlib import Path

from .protocol import GIVEN, RANDOM, WHITENED, Method, Protocol

ROOT = Path(__file__).resolve().parents[2]
CONFIG = 'config.py'


@dataclass(frozen=True)
class Grid:
    """A protocol, a start and their folders.

    Args:
        protocol (Protocol): What is run.
        out (Path): Work folder; gets index, checkpoints and logs.
        results (Path): Results table to append to.
        data (Path): Folder of real imagery.
        start (str): What all methods start from: ``'random'``,
            ``'whitened'``, or a backbone file; ``'given'`` where none is
            trained.
    """

    protocol: Protocol
    out: Path
    results: Path
    data: Path
    start: str = RANDOM

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
    def start_name(self) -> str:
        """The start in the results table."""
        return Path(self.start).stem

    def start_file(self, seed: int) -> Path | None:
        """Weights that one seed starts from; None for random ones."""
        if self.start == WHITENED:
            return self.out / WHITENED / f'start-{seed}.pth'
        return None if self.start in (RANDOM, GIVEN) else Path(self.start)

    def folder(self, method: Method, seed: int) -> Path:
        """Work folder of one pre-training."""
        return self.out / self.start_name / f'{method.name}-{seed}'

    def lock(self, method: Method, seed: int) -> Path:
        """File that the process at work on a method and seed holds."""
        return self.out / f'.{self.start_name}-{method.name}-{seed}.lock'

    def backbone(self, method: Method, seed: int) -> Path:
        """Backbone file of one pre-training, or the one that is given."""
        if method.file:
            return Path(method.file)
        return self.folder(method, seed) / 'backbone.pth'

    def checkpoint(self, method: Method, seed: int) -> Path:
        """Last checkpoint of one pre-training."""
        steps = self.protocol.iterations(method)
        return self.folder(method, seed) / f'iter_{steps}.pth'

    def fill(self, text: str) -> str:
        """Put folders into a protocol's text."""
        for name in ('data', 'world', 'out'):
            text = text.replace(f'{{{name}}}', str(getattr(self, name)))
        return text
