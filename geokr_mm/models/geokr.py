"""GeoKR: land-cover fractions as target, a mean teacher against noise."""

import copy
from typing import Any, Literal

import torch
from mmpretrain.models.selfsup.base import BaseSelfSupervisor
from mmpretrain.structures import DataSample
from torch import Tensor, nn

from geokr_mm.registry import MODELS

from .teacher import Teacher, ema_update


@MODELS.register_module()
class GeoKR(BaseSelfSupervisor):
    """Geographical knowledge-driven representation learning.

    W. Li, K. Chen, H. Chen and Z. Shi, "Geographical Knowledge-Driven
    Representation Learning for Remote Sensing Images", IEEE TGRS 2021,
    arXiv 2107.05276. The student learns the shares of land-cover classes in
    a patch's footprint; the teacher, an average of past students, tempers
    what the map's age and resolution put wrong into them.

    The student takes the first view of each patch and the teacher the last,
    which is the same image where the pipeline makes one view only.
    The teacher is moved by :class:`geokr_mm.EMATeacherHook`, after the
    optimiser step, and is part of the state dict, so it resumes.

    Args:
        backbone (dict): Any mmpretrain backbone.
        head (dict): A :class:`geokr_mm.GeographicKnowledgeHead`.
        correction (dict, optional): A :class:`geokr_mm.CorrectionLoss`.
            Defaults to None: no teacher, fractions only.
        teacher_init (str): ``'copy'`` starts the teacher as the student;
            ``'separate'`` initialises it on its own, as the published code
            does. Defaults to 'copy'.
        teacher_mode (str): ``'eval'`` lets the teacher use averaged
            batch-norm statistics; ``'train'`` those of the batch, as the
            published code does. Defaults to 'eval'.
        weight_by_valid (bool): Weigh each patch by the share of its
            footprint that the map covers. Defaults to True.
        data_preprocessor (dict, optional): Normalisation of the inputs.
        init_cfg (dict, optional): Initialisation of the whole model.
    """

    def __init__(
        self,
        backbone: dict[str, Any],
        head: dict[str, Any],
        correction: dict[str, Any] | None = None,
        teacher_init: Literal['copy', 'separate'] = 'copy',
        teacher_mode: Literal['eval', 'train'] = 'eval',
        weight_by_valid: bool = True,
        data_preprocessor: dict[str, Any] | nn.Module | None = None,
        init_cfg: dict[str, Any] | None = None,
    ) -> None:
        for name, value, known in (
            ('teacher_init', teacher_init, ('copy', 'separate')),
            ('teacher_mode', teacher_mode, ('eval', 'train')),
        ):
            if value not in known:
                raise ValueError(
                    f'{name} must be one of {known}, got {value!r}'
                )
        # Built from a second copy: building consumes nested type names.
        teacher_cfg = copy.deepcopy(dict(backbone=backbone, head=head))
        super().__init__(
            backbone=backbone,
            head=head,
            data_preprocessor=data_preprocessor,
            init_cfg=init_cfg,
        )
        self.teacher_init = teacher_init
        self.teacher_mode = teacher_mode
        self.weight_by_valid = weight_by_valid
        self.correction_scale = 1.0
        self.correction: nn.Module | None = None
        self.teacher: Teacher | None = None
        if correction is not None:
            self.correction = MODELS.build(correction)
            self.teacher = Teacher(
                MODELS.build(teacher_cfg['backbone']),
                MODELS.build(teacher_cfg['head']),
            )
            if teacher_init == 'copy':
                self.copy_student()

    def init_weights(self) -> None:
        """Initialise all parts; a copied teacher follows the student."""
        super().init_weights()
        if self.teacher is not None and self.teacher_init == 'copy':
            self.copy_student()

    def copy_student(self) -> None:
        """Set the teacher to the student's present state."""
        self.move_teacher(momentum=0.0)

    def move_teacher(self, momentum: float, buffers: bool = True) -> None:
        """Move backbone and head of the teacher, see :func:`ema_update`."""
        assert self.teacher is not None
        ema_update(self.teacher.backbone, self.backbone, momentum, buffers)
        ema_update(self.teacher.head, self.head, momentum, buffers)

    def train(self, mode: bool = True) -> 'GeoKR':
        """Switch the student's mode; the teacher's follows its own rule."""
        super().train(mode)
        if self.teacher is not None and self.teacher_mode == 'eval':
            self.teacher.eval()
        return self

    def forward(
        self,
        inputs: Tensor | list[Tensor],
        data_samples: list[DataSample] | None = None,
        mode: str = 'tensor',
    ) -> object:
        """Add ``mode='predict'`` to the modes of the base class."""
        if mode == 'predict':
            return self.predict(inputs, data_samples or [])
        return super().forward(inputs, data_samples, mode)

    def loss(
        self, inputs: Tensor | list[Tensor], data_samples: list[DataSample]
    ) -> dict[str, Tensor]:
        """Compute the label term and the teacher term.

        Args:
            inputs (Tensor | list[Tensor]): Views, each (B, C, H, W).
            data_samples (list[DataSample]): Hold ``class_fractions`` of
                shape (K, ) and ``valid_fraction`` of shape (1, ).

        Returns:
            dict[str, Tensor]: ``loss_knowledge``, ``loss_correction`` where
            there is a teacher, and ``tv``, the total-variation distance of
            predicted and mapped fractions, to watch.
        """
        views = [inputs] if isinstance(inputs, Tensor) else inputs
        target = torch.stack([s.class_fractions for s in data_samples])
        weight = None
        if self.weight_by_valid:
            weight = torch.cat([s.valid_fraction for s in data_samples])
        logits = self.head(self.extract_feat(views[0]))
        losses = dict(loss_knowledge=self.head.loss(logits, target, weight))
        if self.teacher is not None and self.correction is not None:
            losses['loss_correction'] = self.correction_scale * (
                self.correction(logits, self.teacher(views[-1]))
            )
        with torch.no_grad():
            gap = logits.softmax(dim=1) - target
            losses['tv'] = 0.5 * gap.abs().sum(dim=1).mean()
        return losses

    @torch.no_grad()
    def predict(
        self, inputs: Tensor | list[Tensor], data_samples: list[DataSample]
    ) -> list[DataSample]:
        """Add the class fractions that student and teacher read.

        Args:
            inputs (Tensor | list[Tensor]): Images; of several views the
                first is used.
            data_samples (list[DataSample]): One for each image.

        Returns:
            list[DataSample]: The samples with ``student_fractions`` and,
            where there is a teacher, ``teacher_fractions`` of shape (K, ).
        """
        image = inputs if isinstance(inputs, Tensor) else inputs[0]
        branches = dict(student=self.head(self.extract_feat(image)))
        if self.teacher is not None:
            branches['teacher'] = self.teacher(image)
        for name, logits in branches.items():
            rows = logits.softmax(dim=1)
            for sample, fractions in zip(data_samples, rows, strict=True):
                sample.set_field(fractions, f'{name}_fractions')
        return data_samples
