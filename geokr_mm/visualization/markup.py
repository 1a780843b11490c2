"""HTML and SVG as element trees, so that escaping and nesting are right."""

from xml.etree import ElementTree

Element = ElementTree.Element
# What may stand inside an element; None is left out.
Child = Element | str | None


def element(tag: str, /, *children: Child, **attributes: object) -> Element:
    """Make an element.

    Args:
        tag (str): Tag name.
        *children (Element | str): Elements and text, in order. Text is
            escaped when the tree is written.
        **attributes (object): Attributes. ``class_`` stands for ``class``
            and ``stroke_width`` for ``stroke-width``; numbers are shortened
            to two decimals; None and False leave the attribute out and True
            gives it an empty value.

    Returns:
        Element: The element.
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


def number(value: object) -> str:
    """Write a number with at most two decimals, anything else as it is."""
    if isinstance(value, float):
        return f'{value:.2f}'.rstrip('0').rstrip('.')
    return str(value)


def write(node: Element) -> str:
    """Write a tree as HTML text."""
    return ElementTree.tostring(node, encoding='unicode', method='html')
