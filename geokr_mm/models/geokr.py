"""GeoKR: land-cover fractions as target, a mean teacher against noise."""

import copy
from typing import Any, Literal

import torch
from mmengine.model import ModuleDict
from mmpretrain.models.selfsup.base import BaseSelfSupervisor
from mmpretrain.structures import DataSample
from torch import Tensor, nn

from geokr_mm.registry import MODELS

from .knowledge import Knowledge
from .step import Features, Step
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

    What goes beyond the paper is added by parts, each None or empty at
    first, so that they combine freely: a label correction (GeCo), a selection
    of trusted patches, further terms.

    Args:
        backbone (dict): Any mmpretrain backbone.
        head (dict): A :class:`geokr_mm.GeographicKnowledgeHead` or
            :class:`geokr_mm.GriddedKnowledgeHead`.
        neck (dict, optional): Between backbone and head, such as
            :class:`geokr_mm.KnowledgeFPN`. Defaults to None.
        correction (dict, optional): A :class:`geokr_mm.CorrectionLoss`.
            Defaults to None: no teacher unless ``with_teacher``.
        label_correction (dict, optional): Learns what is wrong with the
            labels, such as :class:`geokr_mm.PatchCorrection`. Defaults to
            None: the map is taken at its word.
        selection (dict, optional): Weighs patches by how far they can be
            trusted, see :class:`geokr_mm.ConfidenceSelection`. Defaults to
            None: all alike.
        terms (dict[str, dict | None], optional): Further losses by name,
            each a module that maps a :class:`.step.Step` to a dict of
            losses. None in the place of one leaves it out, for configs that
            build on others.
        uncertainty (dict, optional): Learned weights of the losses, see
            :class:`geokr_mm.UncertaintyWeights`. Defaults to None.
        with_teacher (bool): Keep a teacher though there is no
            ``correction``, for parts that use one. Defaults to False.
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
        neck: dict[str, Any] | None = None,
        correction: dict[str, Any] | None = None,
        label_correction: dict[str, Any] | None = None,
        selection: dict[str, Any] | None = None,
        terms: dict[str, dict[str, Any] | None] | None = None,
        uncertainty: dict[str, Any] | None = None,
        with_teacher: bool = False,
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
        teacher_cfg = copy.deepcopy(
            dict(backbone=backbone, head=head, neck=neck)
        )
        super().__init__(
            backbone=backbone,
            neck=neck,
            head=head,
            data_preprocessor=data_preprocessor,
            init_cfg=init_cfg,
        )
        self.teacher_init = teacher_init
        self.teacher_mode = teacher_mode
        self.weight_by_valid = weight_by_valid
        self.correction_scale = 1.0
        self.progress = 0.0
        self.correction = _built(correction)
        self.label_correction = _built(label_correction)
        self.selection = _built(selection)
        # mmengine's, since torch's is passed over by init_weights().
        self.terms = ModuleDict(
            {
                name: MODELS.build(term)
                for name, term in (terms or {}).items()
                if term is not None
            }
        )
        self.uncertainty = _built(uncertainty)
        self.teacher: Teacher | None = None
        if correction is not None or with_teacher:
            self.teacher = Teacher(
                MODELS.build(teacher_cfg['backbone']),
                MODELS.build(teacher_cfg['head']),
                _built(teacher_cfg['neck']),
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
        assert self.teacher is not None
        self.move_teacher(momentum=0.0)
        self.teacher.count_from_here()

    def move_teacher(self, momentum: float, buffers: bool = True) -> None:
        """Move all parts of the teacher, see :func:`ema_update`.

        Terms that hold a teacher of their own are moved with it.
        """
        assert self.teacher is not None
        self.teacher.count_move(momentum)
        ema_update(self.teacher.backbone, self.backbone, momentum, buffers)
        ema_update(self.teacher.head, self.head, momentum, buffers)
        if self.teacher.neck is not None:
            ema_update(self.teacher.neck, self.neck, momentum, buffers)
        for term in self.terms.values():
            move = getattr(term, 'move_teacher', None)
            if callable(move):
                move(momentum, buffers)

    def extract_feat(self, inputs: Tensor) -> Features:
        """Features of images of shape (B, C, H, W), after the neck."""
        return self._after_neck(self.backbone(inputs))

    def _after_neck(self, feats: Features) -> Features:
        return self.neck(feats) if self.with_neck else feats

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
            data_samples (list[DataSample]): See :meth:`.Knowledge.of`.

        Returns:
            dict[str, Tensor]: ``loss_knowledge``, ``loss_correction`` where
            there is such a term, what the other parts add, and ``tv``, the
            total-variation distance of predicted and mapped fractions, to
            watch.
        """
        views = [inputs] if isinstance(inputs, Tensor) else inputs
        knowledge = Knowledge.of(data_samples)
        backbone_feats = self.backbone(views[0])
        feats = self._after_neck(backbone_feats)
        output = self.head(feats)
        step = Step(
            backbone_feats=backbone_feats,
            student_feats=feats,
            student_logits=self.head.summary(output),
            **self._teacher_side(views[-1]),
            knowledge=knowledge,
            samples=data_samples,
            progress=self.progress,
        )
        losses = {}
        target = knowledge
        if self.label_correction is not None:
            target, losses = self.label_correction(step)
        losses['loss_knowledge'] = self.head.loss(
            output,
            target.fractions,
            self._weight(step),
            target.grid,
            target.grid_valid,
        )
        if self.correction is not None:
            losses['loss_correction'] = self.correction_scale * (
                self.correction(step.student_logits, step.teacher_logits)
            )
        for name, term in self.terms.items():
            for key, value in term(step).items():
                losses[f'{key}_{name}'] = value
        if self.uncertainty is not None:
            losses = self.uncertainty(losses)
        with torch.no_grad():
            gap = step.student_logits.softmax(dim=1) - knowledge.fractions
            losses['tv'] = 0.5 * gap.abs().sum(dim=1).mean()
        return losses

    def _teacher_side(self, view: Tensor) -> dict[str, Any]:
        """What the teacher makes of a view."""
        if self.teacher is None:
            return dict(teacher_feats=None, teacher_logits=None)
        with torch.no_grad():
            backbone_feats = self.teacher.backbone(view)
            feats = self.teacher.after_neck(backbone_feats)
            logits = self.teacher.head.summary(self.teacher.head(feats))
        return dict(
            teacher_backbone_feats=backbone_feats,
            teacher_feats=feats,
            teacher_logits=logits,
        )

    def _weight(self, step: Step) -> Tensor | None:
        """How much each patch counts, (B, ); None where all count alike."""
        factors = []
        if self.weight_by_valid:
            factors.append(step.knowledge.valid)
        if self.selection is not None:
            factors.append(self.selection(step))
        return torch.stack(factors).prod(dim=0) if factors else None

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
        output = self.head(self.extract_feat(image))
        branches = dict(student=self.head.summary(output))
        if self.teacher is not None:
            branches['teacher'] = self.teacher(image)
        for name, logits in branches.items():
            rows = logits.softmax(dim=1)
            for sample, fractions in zip(data_samples, rows, strict=True):
                sample.set_field(fractions, f'{name}_fractions')
        return data_samples


def _built(settings: dict[str, Any] | None) -> nn.Module | None:
    return None if settings is None else MODELS.build(settings)
