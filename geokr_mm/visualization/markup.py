"""HTML and SVG as element trees, so that escaping and nesting are right."""

from xml.etree import ElementTree

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
