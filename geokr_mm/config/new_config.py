"""Writes the config of a pre-training for an index."""

import argparse
from collections.abc import Iterator
from pathlib import Path
from textwrap import wrap
from typing import Any

from ..errors import InputError
from ..files import check_output, written_whole
from ..processes import cores
from .draft import RGB, Draft, draft_of
from .source import ALL_OF, WIDTH, Name, statement

# Processes that read patches, for each GPU.
WORKERS = min(8, cores())
# Paths stay in one piece.
COMMENT: dict[str, Any] = dict(
    initial_indent='# ',
    subsequent_indent='# ',
    break_long_words=False,
    break_on_hyphens=False,
)
# Comments, and the statements below them.
Section = tuple[list[str], dict[str, Any]]


def write_config(args: argparse.Namespace) -> None:
    """Write a config and print what was chosen.

    Args:
        args (argparse.Namespace): ``index``; ``bands``, None for all;
            ``backbone`` and ``start``, one of which may be None; ``gpus``;
            ``batch_size``, None for 64 or what the patches allow; ``amp``;
            ``epochs``, None for a number by that of patches; ``out`` and
            ``overwrite``.

    Raises:
        InputError: If index, start and options do not fit each other, or
            the file exists.
    """
    out = Path(args.out)
    if out.suffix != '.py':
        raise InputError(f'{out}: a config ends in .py; write {out}.py')
    if out.exists() and not args.overwrite:
        raise InputError(
            f'{out}: exists already; add --overwrite or choose another --out'
        )
    check_output(out)
    draft = draft_of(args)
    several = f' --launcher pytorch --gpus {args.gpus}'
    command = f'mim train geokr_mm {out}{several if args.gpus > 1 else ""}'
    with written_whole(out) as file:
        file.write_text(text_of(draft, command), 'utf-8')
    for subject, what in draft.notes.items():
        print(f'{subject:9} {what}')
    print(f'wrote     {out}; next: {command}')


def text_of(draft: Draft, command: str) -> str:
    """The config file of a draft.

    Args:
        draft (Draft): All that was chosen.
        command (str): How to train with it.
    """
    notes = draft.notes
    title = f'GeoKR on {notes["data"]}. Written by geokr_mm new_config.'
    sections = [
        ([title, command], {'default_scope': draft.settings['default_scope']}),
        *_network(draft),
        *_data(draft),
        *_run(draft),
    ]
    parts = []
    for comments, values in sections:
        lines = [line for c in comments for line in wrap(c, WIDTH, **COMMENT)]
        lines += [statement(name, value) for name, value in values.items()]
        parts.append('\n'.join(lines))
    return '\n\n'.join(parts) + '\n'


def _network(draft: Draft) -> Iterator[Section]:
    """Bands, their normalisation, and the model."""
    notes, model = draft.notes, dict(draft.settings['model'])
    yield (
        ['The bands are in the order of the inputs of the backbone.'],
        {key: draft.dataset[key] for key in ('index', 'bands')},
    )
    yield (
        [
            f'Pixels: {notes["values"]}. Mean and deviation of each band are '
            'those of the patches.'
        ],
        dict(data_preprocessor=draft.settings['data_preprocessor']),
    )
    yield (
        [f'Backbone: {notes["backbone"]}.', f'Start: {notes["start"]}.'],
        dict(backbone=model.pop('backbone')),
    )
    ahead = {
        'type': model.pop('type'),
        'data_preprocessor': Name('data_preprocessor'),
        'backbone': Name('backbone'),
    }
    yield (
        [
            'The neck is a projector, which is not exported. The correction, '
            'which draws the student to the teacher, gains weight late.'
        ],
        dict(model=ahead | model),
    )


def _data(draft: Draft) -> Iterator[Section]:
    """Views, training and validation."""
    notes = draft.notes
    colour = (
        'Grey views make it look beyond colour.'
        if draft.dataset['bands'] == RGB
        else 'Bands are changed by factors only.'
    )
    yield (
        [
            'Views of a patch. Crops are mild, since a part of a patch has '
            f'other class fractions than the whole. {colour}'
        ],
        dict(
            views=draft.views,
            load=dict(type='geokr_mm.LoadPatch'),
            pack=dict(type='geokr_mm.PackKnowledgeInputs'),
        ),
    )
    load, views, pack = map(Name, ('load', 'views', 'pack'))
    yield (
        [
            f'Batch: {notes["batch"]}. The last, odd one is left out: batch '
            'norm of the neck has no mean to take from a single patch.'
        ],
        dict(
            data=draft.dataset | {k: Name(k) for k in ('index', 'bands')},
            loader=dict(
                batch_size=draft.batch_size,
                num_workers=WORKERS,
                persistent_workers=True,
                collate_fn=dict(type='default_collate'),
            ),
            train_dataloader={
                f'{ALL_OF}loader': None,
                'drop_last': True,
                'sampler': dict(type='DefaultSampler', shuffle=True),
                'dataset': {
                    f'{ALL_OF}data': None,
                    'places': 'train' if draft.validates else 'all',
                    'pipeline': [load, views, pack],
                },
            },
        ),
    )
    if not draft.validates:
        return
    side = draft.views['scale']
    resize = dict(type='Resize', scale=(side, side))
    yield (
        [
            f'Validation: {notes["places"]}. Measured is the distance of '
            'predicted and mapped class fractions.'
        ],
        dict(
            val_dataloader={
                f'{ALL_OF}loader': None,
                'sampler': dict(type='DefaultSampler', shuffle=False),
                'dataset': {
                    f'{ALL_OF}data': None,
                    'places': 'val',
                    'pipeline': [load, resize, pack],
                },
            },
            val_evaluator=dict(type='geokr_mm.FractionMetric'),
            val_cfg={},
            test_dataloader=Name('val_dataloader'),
            test_evaluator=Name('val_evaluator'),
            test_cfg={},
        ),
    )


def _run(draft: Draft) -> Iterator[Section]:
    """Optimiser, schedule, hooks."""
    settings, notes = draft.settings, draft.notes
    for comment, keys in (
        (
            f'Rate: {notes["rate"]}. Precision: {notes["precision"]}.',
            ('optim_wrapper', 'auto_scale_lr'),
        ),
        (f'Length: {notes["epochs"]}.', ('param_scheduler', 'train_cfg')),
        ('Batch norm over the patches of all GPUs.', ('sync_bn',)),
        (
            'Hooks move the teacher, and stop a run whose weights or '
            'settings do not fit each other.',
            ('default_hooks', 'env_cfg', 'randomness', 'channels_last'),
        ),
        (
            'Where the log goes; TensorboardVisBackend is another.',
            ('vis_backends', 'visualizer'),
        ),
    ):
        values = {k: settings[k] for k in keys if settings[k] is not None}
        if 'visualizer' in values:
            values['visualizer'] |= dict(vis_backends=Name('vis_backends'))
        if values:
            yield [comment], values
