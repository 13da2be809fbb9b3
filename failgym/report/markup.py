"""HTML that is escaped unless it says that it is HTML already."""

import html
import json
from collections.abc import Iterable


class Html(str):
    """Text that is HTML already."""

    __slots__ = ()


def tag(name: str, *children: object, **attributes: object) -> Html:
    """Return an element.

    Args:
        name: Of the element.
        *children: Text is escaped, `Html` is not, None is left out, sequences are taken apart.
        **attributes: `class_` becomes `class`, `data_step` becomes `data-step`; None and False are left out, True
            stands alone.
    """
    opening = "".join(_attribute(key, value) for key, value in attributes.items())
    if name in _VOID:
        return Html(f"<{name}{opening}>")
    return Html(f"<{name}{opening}>{join(children)}</{name}>")


def join(children: Iterable[object]) -> Html:
    """Return children one after the other; see `tag`."""
    return Html("".join(_child(child) for child in children))


def table(head: Iterable[object], rows: Iterable[Iterable[object]], *, caption: str, class_: str | None = None) -> Html:
    """Return a table whose first column names the rows, in a box that scrolls sideways where the page is narrow."""
    top = tag("tr", [tag("th", cell, scope="col") for cell in head])
    body = [tag("tr", [_cell(index, cell) for index, cell in enumerate(row)]) for row in rows]
    whole = tag("table", tag("caption", caption), tag("thead", top), tag("tbody", body), class_=class_)
    return tag("div", whole, class_="scroll", tabindex="0", role="region", aria_label=caption)


def dump(value: object) -> str:
    """Return JSON to be read by people."""
    return json.dumps(value, indent=2, sort_keys=False, default=str, ensure_ascii=False)


_VOID = frozenset({"br", "circle", "img", "input", "line", "path", "polygon", "rect"})


def _cell(index: int, cell: object) -> Html:
    return tag("td", cell) if index else tag("th", cell, scope="row")


def _child(child: object) -> str:
    if child is None:
        return ""
    if isinstance(child, Html):
        return child
    if isinstance(child, (list, tuple)):
        return join(child)
    return html.escape(str(child), quote=False)


def _attribute(key: str, value: object) -> str:
    if value is None or value is False:
        return ""
    name = key.rstrip("_").replace("_", "-")
    return f" {name}" if value is True else f' {name}="{html.escape(str(value), quote=True)}"'
