"""GeoKR: land-cover fractions as target, a mean teacher against noise."""

from typing import Any

import torch
from mmengine.model import ModuleDict
from mmpretrain.models.selfsup.base import BaseSelfSupervisor
from mmpretrain.structures import DataSample
from torch import Tensor

from geokr_mm.registry import MODELS

from .knowledge import Knowledge
from .labels.selection import total_variation
from .parts import Config, Parts
from .sensor_stems import SensorStems, select_sensor
from .step import Features, Outputs, Step, of_view, training_progress
from .teacher import Teacher


@MODELS.register_module()
class GeoKR(BaseSelfSupervisor):
    """Geographical knowledge-driven representation learning.

    Li et al., IEEE TGRS 2021, arXiv 2107.05276. The student learns the class
    fractions of a patch's footprint from the first view. The teacher, an
    average of past students, tempers the map's errors from the last view;
    :class:`geokr_mm.EMATeacherHook` moves it. On sizes see :class:`.Parts`.

    Args:
        backbone (dict): Any mmpretrain backbone.
        head (dict): Such as :class:`geokr_mm.GeographicKnowledgeHead`.
        neck (dict, optional): Between backbone and head.
        correction (dict, optional): A :class:`geokr_mm.CorrectionLoss`.
        label_correction (dict, optional): Such as
            :class:`geokr_mm.PatchCorrection`.
        selection (dict, optional): A :class:`geokr_mm.ConfidenceSelection`.
        terms (dict, optional): Further losses by name, each a module from a
            :class:`.Step` to a scalar; None leaves one out.
        with_teacher (bool): Keep a teacher though ``correction`` is None.
        teacher_init (str), teacher_mode (str): See :class:`.Teacher`.
        weight_by_valid (bool): Weigh patches by the share that is mapped.
        student_views (int): Views that the student sees, side by side in one
            batch. It learns the fractions of each one's own ground where
            the views have them; a head of cells and a correction of labels
            take the first view alone.
        **kwargs: ``data_preprocessor`` and ``init_cfg`` of the base class.
    """

    def __init__(
        self,
        backbone: Config,
        head: Config,
        neck: Config | None = None,
        correction: Config | None = None,
        label_correction: Config | None = None,
        selection: Config | None = None,
        terms: dict[str, Config | None] | None = None,
        with_teacher: bool = False,
        teacher_init: str = 'copy',
        teacher_mode: str = 'eval',
        weight_by_valid: bool = True,
        student_views: int = 1,
        **kwargs: Any,
    ) -> None:
        parts = Parts(backbone, neck, head)
        super().__init__(parts.backbone, parts.neck, parts.head, **kwargs)
        self.weight_by_valid = weight_by_valid
        self.student_views = student_views
        self.correction = parts.build(correction)
        self.label_correction = parts.build(label_correction)
        self.selection = parts.build(selection)
        # mmengine's, since init_weights() passes over torch's.
        self.terms = ModuleDict(
            {
                name: parts.build(term, term.get('after_neck', True))
                for name, term in (terms or {}).items()
                if term is not None
            }
        )
        self.teacher: Teacher | None = None
        if correction is not None or with_teacher:
            self.teacher = Teacher(
                Parts(backbone, neck, head), teacher_init, teacher_mode
            )
            self.teacher.begin(self)

    def init_weights(self) -> None:
        """Initialise all parts; a copied teacher follows the student."""
        super().init_weights()
        if self.teacher is not None:
            self.teacher.begin(self)

    def extract_feat(self, inputs: Tensor) -> Features:
        """Features of images of shape (B, C, H, W), after the neck."""
        feats: Features = self.backbone(inputs)
        return self.neck(feats) if self.with_neck else feats

    def forward(
        self,
        inputs: Tensor | list[Tensor],
        data_samples: list[DataSample] | None = None,
        mode: str = 'tensor',
    ) -> object:
        """Add ``mode='predict'`` to the modes of the base class."""
        if data_samples and isinstance(self.backbone, SensorStems):
            select_sensor(self, data_samples)
        if mode == 'predict':
            return self.predict(inputs, data_samples or [])
        return super().forward(inputs, data_samples, mode)

    def loss(
        self, inputs: Tensor | list[Tensor], data_samples: list[DataSample]
    ) -> dict[str, Tensor]:
        """Losses of views (B, C, H, W) and their samples.

        ``tv``, the total variation between predicted and mapped fractions,
        is logged only.
        """
        views = [inputs] if isinstance(inputs, Tensor) else inputs
        count = self.student_views
        if len(views) < count:
            raise ValueError(
                f'student_views={count}, but the pipeline makes {len(views)}'
            )
        backbone_feats = self.backbone(torch.cat(list(views[:count])))
        feats = self.neck(backbone_feats) if self.with_neck else backbone_feats
        output = self.head(feats)
        every = Outputs(backbone_feats, feats, self.head.summary(output))
        student, *others = (every.of_view(n, count) for n in range(count))
        teacher = self.teacher(views[-1]) if self.teacher is not None else None
        knowledge = Knowledge.of(data_samples)
        step = Step(
            student, teacher, knowledge, training_progress(), tuple(others)
        )

        target, losses = knowledge, {}
        if self.label_correction is not None:
            target, losses = self.label_correction(step)
        if target is knowledge and not getattr(self.head, 'needs', ()):
            target = knowledge.of_views(count)
        else:
            output = of_view(output, 0, count)
        weight = target.valid if self.weight_by_valid else None
        if self.selection is not None:
            chosen = self.selection(step)
            chosen = torch.cat([chosen] * (len(target.valid) // len(chosen)))
            weight = chosen if weight is None else chosen * weight
        losses['loss_knowledge'] = self.head.loss(output, target, weight)
        if self.correction is not None:
            losses['loss_correction'] = self.correction(step)
        for name, term in self.terms.items():
            losses[f'loss_{name}'] = term(step)
        predicted = student.logits.detach().softmax(dim=1)
        losses['tv'] = total_variation(predicted, knowledge.fractions).mean()
        return losses

    @torch.no_grad()
    def predict(
        self, inputs: Tensor | list[Tensor], data_samples: list[DataSample]
    ) -> list[DataSample]:
        """Add the ``student_fractions`` and ``teacher_fractions``, (K, )."""
        image = inputs if isinstance(inputs, Tensor) else inputs[0]
        output = self.head(self.extract_feat(image))
        found = dict(student=self.head.summary(output))
        if self.teacher is not None:
            found['teacher'] = self.teacher(image).logits
        for name, logits in found.items():
            rows = logits.softmax(dim=1)
            for sample, fractions in zip(data_samples, rows, strict=True):
                sample.set_field(fractions, f'{name}_fractions')
        return data_samples
