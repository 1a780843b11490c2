"""A protocol: the same images, budget and tests for every method."""

from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from ..config.bases import Bases, config_folder
from ..errors import InputError
from ..geo.index.spatial_split import PLACE_DEGREES, VAL_SHARE

# Below the configs.
FOLDER = 'benchmark'


def resnet(depth: int = 18) -> dict[str, Any]:
    """``type`` and ``args`` of a ResNet at random, as all configs start it."""
    args = dict(depth=depth, zero_init_residual=False)
    return dict(type='mmpretrain.ResNet', args=args)


@dataclass(frozen=True)
class Method:
    """How one row of the table is pre-trained.

    Attributes:
        name (str): In the table.
        config (str): Pre-training config below the repository root; empty
            for a start that is not trained here.
        start (str): Without a config, a backbone file such as
            tools/import_backbone.py writes; ``{data}`` is filled in. Empty
            for a random start.
        architecture (dict): Of a random start, ``type`` and ``args`` of the
            backbone that is probed and fine-tuned; empty for the ResNet that
            the protocol trains.
        branch (str): ``'teacher'`` or ``'student'`` goes downstream.
        neck (bool): Whether its feature pyramid goes downstream with the
            backbone, into segmentors and detectors.
        options (tuple[str, ...]): Settings to override, ``key=value``.
        seeds (tuple[int, ...]): Pre-training seeds.
        passes (int): Student passes that a patch costs in a step: 2 for
            methods that show both views to the student.
        index (str): Name of an index of the protocol's ``indexes``; empty
            for the one that all others train on.
    """

    name: str
    config: str = ''
    start: str = ''
    architecture: dict[str, Any] = field(default_factory=dict)
    branch: str = 'student'
    neck: bool = False
    options: tuple[str, ...] = ()
    seeds: tuple[int, ...] = (0,)
    passes: int = 1
    index: str = ''


@dataclass(frozen=True)
class Probe:
    """A linear probe on a folder of images, one folder a class.

    Attributes:
        images (str): The folder; ``{data}`` and ``{world}`` are filled in.
        labels (tuple[int, ...]): Labelled images of each class.
        draws (int): Draws of them.
        size (int): Input side in pixels.
    """

    images: str
    labels: tuple[int, ...] = (5, 20, 50)
    draws: int = 10
    size: int = 128


@dataclass(frozen=True)
class Finetune:
    """Fine-tuning a downstream config from a share of the labels.

    Attributes:
        config (str): Config of ``configs/downstream``, either twin.
        shares (tuple[float, ...]): Shares of the labels, in (0, 1].
        seeds (tuple[int, ...]): Of the draw, the order and new weights.
        options (tuple[str, ...]): Settings to override.
        iterations (int): Optimiser steps, the same for every share; 0 for
            the config's own schedule, whose epochs grow with the share.
    """

    config: str
    shares: tuple[float, ...] = (0.01, 0.1, 1.0)
    seeds: tuple[int, ...] = (0, 1, 2)
    options: tuple[str, ...] = ()
    iterations: int = 0


@dataclass(frozen=True)
class Protocol:
    """Everything that the rows of one table share.

    Attributes:
        name (str): Stands in the column ``protocol``.
        title (str): One line for people.
        index (tuple[str, ...]): Arguments of ``tools/build_index.py``;
            ``{data}`` is the folder of real imagery, ``{world}`` the
            synthetic world.
        indexes (dict): Name to such arguments, for methods that learn from
            other maps of the same patches.
        passes (int): Student forward passes of every method.
        batch_size (int): Patches a step.
        world (str): Preset of the world to make; empty for none.
        held_out (bool): Train on nine of ten places and report how well
            class fractions are read on the others. Needs a world.
        tiles (tuple[str, ...]): Arguments of ``tools/build_index.py`` for
            patches that become images and masks of the places not trained
            on; empty for none.
        masks (tuple[str, ...]): Arguments of ``tools/export_masks.py`` for
            them.
        val_share (float), place_degrees (float): How places are divided, see
            :class:`geokr_mm.GeoKRDataset`.
        options (tuple[str, ...]): Settings to override in every method with
            a config, before its own.
        depth (int): Of the ResNet that is trained, for random starts.
        methods (tuple[Method, ...]): Rows.
        probes (tuple[Probe, ...]), finetunes (tuple[Finetune, ...]): Tests.
    """

    name: str
    title: str
    index: tuple[str, ...]
    passes: int
    batch_size: int
    methods: tuple[Method, ...]
    indexes: dict[str, list[str]] = field(default_factory=dict)
    world: str = ''
    held_out: bool = False
    tiles: tuple[str, ...] = ()
    masks: tuple[str, ...] = ()
    val_share: float = VAL_SHARE
    place_degrees: float = PLACE_DEGREES
    options: tuple[str, ...] = ()
    depth: int = 18
    probes: tuple[Probe, ...] = field(default=())
    finetunes: tuple[Finetune, ...] = field(default=())

    def architecture(self, method: Method) -> dict[str, Any]:
        """``type`` and ``args`` of a method's random start."""
        return method.architecture or resnet(self.depth)

    def iterations(self, method: Method) -> int:
        """Optimiser steps that spend the passes."""
        return self.passes // (self.batch_size * method.passes)

    def method(self, name: str) -> Method:
        """A method by name; InputError with all names if there is none."""
        for method in self.methods:
            if method.name == name:
                return method
        raise InputError(
            f'protocol {self.name}: no method {name!r}; it has '
            f'{", ".join(m.name for m in self.methods)}'
        )


def shipped() -> dict[str, Path]:
    """Files of the protocols that come with the configs, by name."""
    folder = config_folder()
    paths = sorted((folder / FOLDER).glob('*.yaml')) if folder else []
    return {path.stem: path for path in paths if path.stem != 'methods'}


def load_protocol(name: str) -> Protocol:
    """Read a protocol.

    Args:
        name (str): A shipped one, such as ``'S'``, or the path of a YAML
            file of the same form. It may inherit with ``_base_``, such as
            ``geokr_mm::benchmark/S.yaml``; a method of null is left out.

    Raises:
        InputError: If there is none, it cannot be read, or keys are unknown
            or missing.
    """
    path = shipped().get(name) or Path(name)
    if path.suffix != '.yaml' or not path.is_file():
        raise InputError(
            f'{name}: no such protocol; give one of '
            f'{", ".join(shipped())} or a .yaml file'
        )
    try:
        protocol = _made(Protocol, _read(path))
    except (AttributeError, TypeError) as error:
        raise InputError(f'{path}: {error}; see configs/{FOLDER}/') from None
    for method in protocol.methods:
        if method.config and method.start:
            raise InputError(
                f'{path}: method {method.name!r} has both config and start; '
                'to train from the start, give the config '
                f'`options: [model.backbone.init_cfg.checkpoint=...]`'
            )
        if method.index and method.index not in protocol.indexes:
            raise InputError(
                f'{path}: method {method.name!r} needs the index '
                f'{method.index!r}, which is not among `indexes`'
            )
    return protocol


def _read(path: Path) -> dict[str, Any]:
    """A file with its bases, with parts of its dataclasses."""
    from mmengine.config import Config
    from yaml import YAMLError

    bases = Bases()
    try:
        with bases.used():
            data = Config.fromfile(str(path)).to_dict()
    except (YAMLError, OSError) as error:
        what = ' '.join(str(error).split())
        raise InputError(f'{path}: cannot be read: {what}') from None
    data['methods'] = [
        _made(Method, {**entry, 'name': key})
        for key, entry in data.get('methods', {}).items()
        if entry is not None
    ]
    for key, kind in (('probes', Probe), ('finetunes', Finetune)):
        data[key] = [_made(kind, entry) for entry in data.get(key, [])]
    return data


def _made(kind: type[Any], values: dict[str, Any]) -> Any:
    """A dataclass from plain values, lists made tuples."""
    unknown = sorted(set(values) - {f.name for f in fields(kind)})
    if unknown:
        raise TypeError(
            f'unknown keys {", ".join(unknown)} of a {kind.__name__.lower()}'
        )
    tuples = {k: tuple(v) for k, v in values.items() if isinstance(v, list)}
    return kind(**{**values, **tuples})
