#!/usr/bin/env python
"""Measure features before and after import and export: interop.csv."""

import argparse
import csv
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from geokr_mm.compat import ensure_torchvision
from geokr_mm.interop import ARCHITECTURES, Architecture

HERE = Path(__file__).resolve().parent
COLUMNS = ('direction', 'library', 'architecture', 'max_difference')

# Modules of torchvision behind the features, and the first convolution.
ENDS = dict(
    resnet=('fc', 'conv1'),
    vgg=('classifier', 'features.0'),
    convnext=('classifier.2', 'features.0.0'),
    swin=('head', 'features.0.0'),
    vit=('heads', 'conv_proj'),
)


def reference(
    architecture: Architecture, library: str, bands: int = 3
) -> nn.Module:
    """A library's network without a classifier, weights at random."""
    torch.manual_seed(0)
    ensure_torchvision()
    if library == 'timm':
        import timm

        model = timm.create_model(
            architecture.timm, num_classes=0, in_chans=bands
        )
        if architecture.family == 'vgg':
            model.pre_logits = nn.Identity()
    else:
        from torchvision import models

        width = architecture.width
        if architecture.family == 'vit':
            # It has the base under a name, and takes other sizes.
            model = models.VisionTransformer(
                *(224, 16, architecture.depths[0]),
                *(width // 64, width, 4 * width),
            )
        else:
            model = getattr(models, architecture.torchvision)()
        head, stem = ENDS[architecture.family]
        model.set_submodule(head, nn.Identity())
        old = model.get_submodule(stem)
        if bands != old.in_channels:
            new = nn.Conv2d(
                *(bands, old.out_channels, old.kernel_size, old.stride),
                *(old.padding, old.dilation, old.groups, old.bias is not None),
            )
            model.set_submodule(stem, new)
    spread(model)
    return model.eval()


def spread(model: nn.Module) -> None:
    """Give small tensors values apart from 0, 1 and 1e-6.

    Libraries start norms, biases and scales there, where a tensor in the
    wrong place would not be seen.
    """
    for name, tensor in model.state_dict().items():
        small = tensor.ndim < 2 or tensor.shape[1:].numel() == 1
        small |= name.endswith(('token', 'embed', 'embedding', 'table'))
        if small and tensor.is_floating_point():
            tensor.uniform_(0.2, 1)


def features(model: Any, images: Tensor, family: str, library: str) -> Tensor:
    """Last map of a library's network, normalised as mmpretrain does."""
    if library == 'timm':
        found = model.forward_features(images)
        if family == 'convnext':
            return model.head.norm(found)
    elif family == 'resnet':
        return nn.Sequential(*list(model.children())[:-2])(images)
    elif family == 'vit':
        tokens = model._process_input(images)
        first = model.class_token.expand(len(images), -1, -1)
        found = model.encoder(torch.cat([first, tokens], dim=1))
    else:
        found = model.features(images)
        if family == 'convnext':
            return model.classifier[0](found)
        if family == 'swin':
            found = model.norm(found)
    if family == 'swin':
        return found.permute(0, 3, 1, 2)
    if family == 'vit':
        side = int((found.shape[1] - 1) ** 0.5)
        return found[:, 1:].transpose(1, 2).unflatten(2, (side, side))
    return found


def images(family: str, bands: int = 3) -> Tensor:
    """One image, as small as the network takes."""
    size = 224 if family in ('swin', 'vit') else 64
    return torch.randn(1, bands, size, size, generator=torch.manual_seed(1))


@torch.no_grad()
def imported(name: str, library: str, folder: Path) -> float:
    """Import a network; largest difference over the largest feature."""
    from geokr_mm.benchmark.features import build_backbone
    from geokr_mm.export import load_backbone
    from geokr_mm.interop.starts import import_backbone

    architecture = ARCHITECTURES[name]
    model = reference(architecture, library)
    source = folder / f'{name}-{library}.pth'
    torch.save(model.state_dict(), source)
    import_backbone(str(source), name, folder / 'start.pth')
    tensors, card = load_backbone(folder / 'start.pth')
    inputs = images(architecture.family)
    want = features(model, inputs, architecture.family, library)
    have = build_backbone(card['architecture'], tensors)(inputs)[-1]
    source.unlink()
    return float((have - want).abs().max() / want.abs().max())


def write_checkpoint(
    architecture: Architecture, bands: int, path: Path, **changes: Any
) -> nn.Module:
    """Write the checkpoint of a run without a teacher, weights at random.

    Args:
        architecture (Architecture): Of its backbone.
        bands (int): Of the images.
        path (Path): Where to write.
        **changes: Other arguments of mmpretrain's network.

    Returns:
        nn.Module: The backbone, in evaluation mode.
    """
    from geokr_mm.benchmark.features import build_backbone

    args = {**architecture.args, **changes}
    vgg = architecture.family == 'vgg'
    if bands != 3 and not vgg:
        args['in_channels'] = bands
    settings = dict(type=architecture.type, args=args)
    network = build_backbone(settings)
    if vgg:
        # mmpretrain's takes three bands only.
        network.features[0].conv = nn.Conv2d(bands, 64, 3, padding=1)
    spread(network)
    backbone = dict(args, type=architecture.type)
    known = dict(
        config=dict(model=dict(backbone=backbone)),
        bands=[f'b{number}' for number in range(bands)],
        mean=[100.0 + number for number in range(bands)],
        std=[50.0 + number for number in range(bands)],
        values='stretched',
        units='0 to 255 after the stretch',
        product='worldcover',
        product_year=2021,
    )
    state = {f'backbone.{k}': t for k, t in network.state_dict().items()}
    torch.save(dict(meta=dict(geokr=known), state_dict=state), path)
    return network


@torch.no_grad()
def exported(name: str, library: str, folder: Path, bands: int = 4) -> float:
    """Export a network; largest difference over the largest feature."""
    from geokr_mm.export import export_to

    architecture = ARCHITECTURES[name]
    network = write_checkpoint(architecture, bands, folder / 'epoch_1.pth')
    export_to(library, folder / 'epoch_1.pth', folder / 'out.pth')
    model = reference(architecture, library, bands)
    model.load_state_dict(torch.load(folder / 'out.pth', weights_only=True))
    inputs = images(architecture.family, bands)
    want = network(inputs)[-1]
    have = features(model, inputs, architecture.family, library)
    return float((have - want).abs().max() / want.abs().max())


def pairs() -> Iterator[tuple[str, str]]:
    """Architectures with the libraries that have them."""
    for name, architecture in ARCHITECTURES.items():
        yield name, 'timm'
        if architecture.torchvision:
            yield name, 'torchvision'


def main() -> None:
    """Measure all and write the table."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog='example:\n  python benchmarks/interop.py',
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.parse_args()
    rows = []
    for direction, measure in (('import', imported), ('export', exported)):
        for name, library in pairs():
            with tempfile.TemporaryDirectory() as folder:
                found = measure(name, library, Path(folder))
            shown = f'{found:.0e}' if found else '0'
            rows.append((direction, library, name, shown))
            print(*rows[-1], flush=True)
    with (HERE / 'interop.csv').open('w', newline='') as sink:
        writer = csv.writer(sink, lineterminator='\n')
        writer.writerows([COLUMNS, *rows])


if __name__ == '__main__':
    main()
