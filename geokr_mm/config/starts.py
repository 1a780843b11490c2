"""A start file, as far as a config depends on it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import InputError

# What a config decides, whatever the file was made for.
OF_CONFIG = ('out_indices', 'out_type', 'drop_path_rate', 'in_channels')


@dataclass(frozen=True)
class Start:
    """A backbone file to start from.

    Attributes:
        path (str): The file.
        backbone (str): Name of the model base, such as ``'resnet50'``.
        settings (dict): Of the backbone, as the file has it.
        inputs (int): Number of bands that its first convolution takes.
        bands (list[str], optional): Their names.
    """

    path: str
    backbone: str
    settings: dict[str, Any]
    inputs: int
    bands: list[str] | None

    @classmethod
    def read(cls, path: str) -> 'Start':
        """Read the card of a backbone file.

        Raises:
            InputError: If it is none, or of an architecture without a base.
        """
        from ..export import load_backbone
        from ..interop import architecture_of

        _, card = load_backbone(path)
        about = card.get('architecture')
        found = about and architecture_of(about)
        if not about or not found:
            raise InputError(
                f'{path}: is no architecture with a shipped base; write '
                '`backbone` and its init_cfg in a config by hand'
            )
        args = about['args']
        name = found.name.replace('_bn', 'bn').replace('_', '-')
        if 'patch_size' in args:
            name += f'-p{args["patch_size"]}'
        return cls(
            path,
            name,
            {k: v for k, v in args.items() if k not in OF_CONFIG},
            args.get('in_channels', 3),
            card.get('bands'),
        )

    def order(self, bands: Sequence[str]) -> list[str]:
        """Bands of an index in the order of the file, where it has them.

        Raises:
            InputError: If it is for another number of bands.
        """
        if self.inputs != len(bands):
            names = f': {", ".join(self.bands)}' if self.bands else ''
            raise InputError(
                f'--start {self.path}: takes {self.inputs} bands{names}; the '
                f'index gives {len(bands)}: {", ".join(bands)}. Fit it by '
                'name with --bands of tools/export_backbone.py or '
                'tools/import_backbone.py, or choose bands with --bands'
            )
        if self.bands and set(self.bands) == set(bands):
            return list(self.bands)
        return list(bands)

    def note(self, bands: Sequence[str]) -> str:
        """The file, and which bands it takes for which."""
        if self.bands is None or list(self.bands) == list(bands):
            return self.path
        return (
            f'{self.path}, whose {", ".join(self.bands)} are taken for '
            f'{", ".join(bands)}'
        )
