"""A protocol: the same images, compute and tests for every method."""

from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from ..config.bases import Bases, config_folder
from ..errors import InputError
from ..geo.index.spatial_split import PLACE_DEGREES, VAL_SHARE

# Below the configs.
FOLDER = 'benchmark'
# Starts by name; any other is a file.
RANDOM, WHITENED = 'random', 'whitened'
# In the column ``start``, of backbones that others have trained.
GIVEN = 'given'


@dataclass(frozen=True)
class Method:
    """How one row of the table is pre-trained.

    Attributes:
        name (str): In the column ``model``.
        config (str): Pre-training config below the repository root; empty
            for what is not trained.
        features (str): Without a config, one of :data:`.floors.FLOORS`.
        file (str): Without either, a backbone file that is there already.
        branch (str): ``'teacher'`` or ``'student'`` goes downstream.
        options (tuple[str, ...]): Settings to override, ``key=value``.
        cost (int): Compute that a patch costs in a step. A forward pass
            costs 1, a backward pass 2: 3 for one view of the student, 1 for
            one of the teacher.
        choice (str): Methods of one choice compete on the validation sets;
            only the best of them reads the test sets.
        index (str): Name of an index of the protocol's ``indexes``; empty
            for the one that all others train on.
    """

    name: str
    config: str = ''
    features: str = ''
    file: str = ''
    branch: str = 'student'
    options: tuple[str, ...] = ()
    cost: int = 3
    choice: str = ''
    index: str = ''


@dataclass(frozen=True)
class ImageSet:
    """Images of several classes, read from frozen features of few labels.

    Attributes:
        name (str): In the column ``dataset``.
        images (str): Folder with one sub-folder a class; ``{data}`` and
            ``{world}`` are filled in.
        west, east (float): Longitudes that ``places.csv`` of the folder
            must lie between; all images by default.
        index (tuple[str, ...]): In place of a folder, arguments of
            ``tools/build_index.py``. The class of a patch is the one with
            the largest share.
        set (str): In place of both, a folder that a converter of
            ``tools/dataset_converters`` wrote; ``{out}`` is filled in too.
        split (str): Protocol of it. Lists of few labels are its own.
        prepare, leaves: See :class:`Finetune`.
        shots (tuple[int | str, ...]): Labelled images of each class; of a
            ``set`` also ``'all'``, its training list, once.
        draws (int): Draws of them.
        size (int): Input side in pixels.
    """

    name: str
    images: str = ''
    west: float = -180
    east: float = 180
    index: tuple[str, ...] = ()
    set: str = ''
    split: str = ''
    prepare: tuple[tuple[str, ...], ...] = ()
    leaves: str = ''
    shots: tuple[int | str, ...] = (1, 5, 10, 20, 50)
    draws: int = 10
    size: int = 64


@dataclass(frozen=True)
class Finetune:
    """Fine-tuning a downstream config from some of the labels.

    Attributes:
        config (str): Config of ``configs/downstream``, either twin.
        shares (tuple[float, ...]): Shares of the labels, in (0, 1].
        seeds (tuple[int, ...]): Of the draw, the order and new weights.
        options (tuple[str, ...]): Settings to override; ``{data}`` and
            ``{out}`` are the folders of real imagery and of the runs.
        iterations (int): Optimiser steps, the same for every share; 0 for
            the config's own schedule, whose epochs grow with the share.
        rates (tuple[float, ...]): Learning rates that every run chooses from
            on a part of its own labels; the config's if empty.
        prepare (tuple[list[str], ...]): Commands that make the data, each
            a tool and its arguments.
        leaves (str): Folder that the last of them makes; they run where it
            is missing. Defaults to ``set``.
        set, split (str): Prepared set and protocol that the config takes, by
            ``GEOKR_SETS`` and ``GEOKR_SPLIT``; those of the environment if
            empty.
    """

    config: str
    shares: tuple[float, ...] = (0.01, 0.1, 1.0)
    seeds: tuple[int, ...] = (0,)
    options: tuple[str, ...] = ()
    iterations: int = 0
    rates: tuple[float, ...] = ()
    prepare: tuple[tuple[str, ...], ...] = ()
    leaves: str = ''
    set: str = ''
    split: str = ''


@dataclass(frozen=True)
class Protocol:
    """Everything that the rows of one table share.

    Attributes:
        name (str): In the column ``protocol``.
        title (str): One line for people.
        index (tuple[str, ...]): Arguments of ``tools/build_index.py``;
            ``{data}`` is the folder of real imagery, ``{world}`` the
            synthetic world. Empty where nothing is trained.
        indexes (dict): Name to such arguments, for methods that learn from
            other maps.
        compute (int): Of every method, in forward passes of one patch.
        batch_size (int): Patches a step.
        methods (tuple[Method, ...]): Rows.
        seeds (tuple[int, ...]): Of pre-training, for every method.
        choice_seeds (tuple[int, ...]): Of them, those that choices are made
            with; what is not chosen has no others.
        networks (str): Protocol whose pre-trained networks are read; its
            own by default.
        world (str): Preset of the world to make; empty for none.
        held_out (bool): Train on nine of ten places and measure how well
            class fractions are read on the others. Needs a world.
        val_share (float), place_degrees (float): How places are divided, see
            :class:`geokr_mm.GeoKRDataset`.
        options (tuple[str, ...]): Settings to override in every method with
            a config, before its own.
        validation (tuple[ImageSet, ...]): Sets that choices are made on.
        tests (tuple[ImageSet, ...]): Sets that no choice looks at.
        finetunes (tuple[Finetune, ...]): Tests by fine-tuning.
        finetuned (tuple[str, ...]): Methods that have them; all if empty.
        choices (dict): What was chosen, and where.
    """

    name: str
    title: str
    index: tuple[str, ...] = ()
    compute: int = 0
    batch_size: int = 1
    methods: tuple[Method, ...] = ()
    seeds: tuple[int, ...] = (0, 1, 2)
    choice_seeds: tuple[int, ...] = (0,)
    networks: str = ''
    indexes: dict[str, list[str]] = field(default_factory=dict)
    world: str = ''
    held_out: bool = False
    val_share: float = VAL_SHARE
    place_degrees: float = PLACE_DEGREES
    options: tuple[str, ...] = ()
    validation: tuple[ImageSet, ...] = ()
    tests: tuple[ImageSet, ...] = ()
    finetunes: tuple[Finetune, ...] = ()
    finetuned: tuple[str, ...] = ()
    choices: dict[str, str] = field(default_factory=dict)

    def iterations(self, method: Method) -> int:
        """Optimiser steps that spend the compute."""
        return self.compute // (self.batch_size * method.cost)

    def images_seen(self, method: Method) -> int:
        """Patches of all steps, each as often as it is drawn."""
        steps = self.iterations(method) if method.config else 0
        return steps * self.batch_size

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
        name (str): A shipped one, such as ``'earth'``, or the path of a YAML
            file of the same form. It may inherit with ``_base_``, such as
            ``geokr_mm::benchmark/earth.yaml``; what is null in ``methods``,
            ``validation`` or ``tests`` is left out.

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
        given = method.config, method.features, method.file
        if sum(map(bool, given)) != 1:
            raise InputError(
                f'{path}: method {method.name!r} needs one of config, '
                'features and file'
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
    named = {'methods': Method, 'validation': ImageSet, 'tests': ImageSet}
    for key, kind in named.items():
        data[key] = [
            _made(kind, {**entry, 'name': name})
            for name, entry in data.get(key, {}).items()
            if entry is not None
        ]
    data['finetunes'] = [_made(Finetune, e) for e in data.get('finetunes', [])]
    return data


def _made(kind: type[Any], values: dict[str, Any]) -> Any:
    """A dataclass from plain values."""
    unknown = sorted(set(values) - {f.name for f in fields(kind)})
    if unknown:
        raise TypeError(
            f'unknown keys {", ".join(unknown)} of a {kind.__name__.lower()}'
        )
    return kind(**{key: _fixed(value) for key, value in values.items()})


def _fixed(value: Any) -> Any:
    """Lists made tuples, so that a test can be a key."""
    if isinstance(value, list):
        return tuple(map(_fixed, value))
    return value
