"""Writes the config of a pre-training for an index."""

import argparse
from pathlib import Path
from textwrap import wrap
from typing import Any

from ..errors import InputError
from ..files import check_output, written_whole
from .draft import RGB, Draft, draft_of
from .source import ALL_OF, WIDTH, Name, statement

# Processes that read patches, for each GPU.
WORKERS = 8
# Paths stay in one piece.
COMMENT: dict[str, Any] = dict(
    initial_indent='# ',
    subsequent_indent='# ',
    break_long_words=False,
    break_on_hyphens=False,
)
# Settings that follow the optimiser's.
RUNTIME = (
    *('default_hooks', 'env_cfg', 'vis_backends', 'visualizer', 'log_level'),
    *('load_from', 'resume', 'randomness'),
)


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
    settings, notes = draft.settings, draft.notes
    lines: list[str] = []

    def section(*comments: str, **values: Any) -> None:
        for comment in comments:
            lines.extend(wrap(comment, WIDTH, **COMMENT))
        lines.extend(statement(name, v) for name, v in values.items())
        lines.append('')

    section(
        f'GeoKR on {notes["data"]}.',
        'Written by geokr_mm new_config; train with',
        command,
        default_scope=settings['default_scope'],
    )
    shared = dict(draft.dataset)
    section(
        'The bands are in the order of the inputs of the backbone.',
        index=shared['index'],
        bands=shared['bands'],
    )
    section(
        f'Pixels: {notes["values"]}.',
        'Mean and deviation of each band are those of the kept patches.',
        data_preprocessor=settings['data_preprocessor'],
    )
    model = settings['model']
    section(
        f'Start: {notes["start"]}.',
        f'Backbone: {notes["backbone"]}.',
        backbone=model['backbone'],
    )
    section(
        'The neck is a projector, which is not exported. The correction, '
        'which draws the student to the teacher, gains weight late.',
        model={
            'type': model['type'],
            'data_preprocessor': Name('data_preprocessor'),
            'backbone': Name('backbone'),
            **{
                k: v for k, v in model.items() if k not in ('type', 'backbone')
            },
        },
    )
    section(
        'A view of a patch. Crops are mild, since a part of a patch has other '
        'class fractions than the whole. '
        + (
            'Grey views make it look beyond colour.'
            if shared['bands'] == RGB
            else 'Spectra are changed by factors only.'
        ),
        view=draft.view,
    )
    shared.update(index=Name('index'), bands=Name('bands'))
    loader = dict(
        batch_size=draft.batch_size,
        num_workers=WORKERS,
        persistent_workers=True,
        collate_fn=dict(type='default_collate'),
    )
    section(
        f'Batch: {notes["batch"]}.',
        f'Held out: {notes["places"]}.',
        data=shared,
        loader=loader,
    )
    _loaders(draft, section)
    section(
        f'Rate: {notes["rate"]}.',
        f'Precision: {notes["precision"]}.',
        optim_wrapper=settings['optim_wrapper'],
        auto_scale_lr=settings['auto_scale_lr'],
    )
    section(
        f'Length: {notes["epochs"]}.',
        param_scheduler=settings['param_scheduler'],
        train_cfg=settings['train_cfg'],
    )
    if settings['sync_bn']:
        section(
            'Batch norm over the patches of all GPUs.',
            sync_bn=settings['sync_bn'],
        )
    section(
        'Hooks move the teacher, and stop a run whose weights or settings do '
        'not fit each other.',
        **{key: settings[key] for key in RUNTIME if key in settings},
    )
    return '\n'.join(lines).rstrip('\n') + '\n'


def _loaders(draft: Draft, section: Any) -> None:
    """Training, with two views of each patch, and validation."""
    shared = {f'{ALL_OF}data': None}
    loader = {f'{ALL_OF}loader': None}
    load = dict(type='geokr_mm.LoadPatch')
    pack = dict(type='geokr_mm.PackKnowledgeInputs')
    views = dict(type='MultiView', num_views=[2], transforms=[Name('view')])
    section(
        'The last, odd batch is left out: batch norm of the neck has no mean '
        'to take from a single patch.',
        train_dataloader=dict(
            loader,
            drop_last=True,
            sampler=dict(type='DefaultSampler', shuffle=True),
            dataset=dict(
                shared,
                places='train' if draft.validates else 'all',
                pipeline=[load, views, pack],
            ),
        ),
    )
    if not draft.validates:
        return
    side = draft.view[0]['scale']
    section(
        'Validation on the places held out: distance of predicted and mapped '
        'class fractions, of student and teacher.',
        val_dataloader=dict(
            loader,
            sampler=dict(type='DefaultSampler', shuffle=False),
            dataset=dict(
                shared,
                places='val',
                pipeline=[
                    load,
                    dict(type='Resize', scale=(side, side)),
                    pack,
                ],
            ),
        ),
        val_evaluator=dict(type='geokr_mm.FractionMetric'),
        val_cfg={},
        test_dataloader=Name('val_dataloader'),
        test_evaluator=Name('val_evaluator'),
        test_cfg={},
    )
