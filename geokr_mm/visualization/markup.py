"""HTML and SVG as element trees, so that escaping and nesting are right."""

import base64
import io
from typing import Any
from xml.etree import ElementTree

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Element = ElementTree.Element
# What may stand inside an element; None is left out.
Child = Element | str | None


def element(tag: str, /, *children: Child, **attributes: object) -> Element:
    """Make an element from elements and text, which is escaped when written.

    Of the attributes ``class_`` stands for ``class`` and ``stroke_width``
    for ``stroke-width``; numbers are shortened to two decimals; None and
    False leave the attribute out and True gives it an empty value.
    """
    node = Element(tag)
    for key, value in attributes.items():
        if value is None or value is False:
            continue
        text = '' if value is True else value
        node.set(key.rstrip('_').replace('_', '-'), number(text))
    last: Element | None = None
    for child in children:
        if child is None:
            continue
        if isinstance(child, str):
            if last is None:
                node.text = (node.text or '') + child
            else:
                last.tail = (last.tail or '') + child
        else:
            node.append(child)
            last = child
    return node


def svg(view_box: str, label: str, *parts: Child) -> Element:
    """A drawing; screen readers read its label."""
    return element(
        'svg', *parts, viewBox=view_box, role='img', aria_label=label
    )


def text(content: str, class_: str, x: float, y: float) -> Element:
    """Text in a drawing."""
    return element('text', content, class_=class_, x=x, y=y)


def rect(
    class_: str, x: float, y: float, width: float, height: float,
    *parts: Child, **more: object,
) -> Element:  # fmt: skip
    """A rectangle in a drawing."""
    box = dict(x=x, y=y, width=width, height=height)
    return element('rect', *parts, class_=class_, **box, **more)


def grid_line(x1: float, x2: float, y1: float, y2: float) -> Element:
    """A faint line in a drawing."""
    return element('line', class_='grid', x1=x1, x2=x2, y1=y1, y2=y2)


def number(value: object) -> str:
    """Write a number with at most two decimals, anything else as it is."""
    if isinstance(value, float):
        return f'{value:.2f}'.rstrip('0').rstrip('.')
    return str(value)


def write(node: Element) -> str:
    """Write a tree as HTML text."""
    return ElementTree.tostring(node, encoding='unicode', method='html')


def png_uri(array: NDArray[Any], palette: NDArray[Any] | None = None) -> str:
    """Encode an array as a ``data:`` address.

    Args:
        array (np.ndarray): uint8, either an image (H, W, 3) or class indices
            (H, W) that go with a palette.
        palette (np.ndarray, optional): (K, 3) uint8. An index of K or above
            (255 stands for "not covered") becomes transparent.

    Raises:
        ValueError: If the array is neither of the two.
    """
    array = np.ascontiguousarray(array, dtype=np.uint8)
    buffer = io.BytesIO()
    if palette is None:
        if array.ndim != 3 or array.shape[2] != 3:
            raise ValueError(
                f'an image needs shape (H, W, 3), got {array.shape}'
            )
        Image.fromarray(array, 'RGB').save(buffer, 'png', optimize=True)
    else:
        if array.ndim != 2:
            raise ValueError(
                f'a class map needs shape (H, W), got {array.shape}'
            )
        count = len(palette)
        image = Image.fromarray(np.minimum(array, count), 'P')
        colours = np.vstack([palette, [[0, 0, 0]]]).astype(np.uint8)
        image.putpalette(colours.tobytes())
        image.save(buffer, 'png', optimize=True, transparency=count)
    return (
        'data:image/png;base64,' + base64.b64encode(buffer.getvalue()).decode()
    )


def picture(
    array: NDArray[Any],
    caption: str,
    palette: NDArray[Any] | None = None,
    note: str | None = None,
) -> Element:
    """A figure of an image or a class map, see :func:`png_uri`.

    Screen readers read the caption; ``note`` is muted text after it.
    """
    image = element(
        'img',
        src=png_uri(array, palette),
        alt=caption,
        class_='map' if palette is not None else 'photo',
    )
    extra = element('small', note) if note else None
    return element('figure', image, element('figcaption', caption, extra))
