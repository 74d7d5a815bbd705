# SPDX-License-Identifier: Apache-2.0
"""
The operators of PDF's content streams (ISO 32000-1, annex A), one short function each.

Each takes the interpreter and the operands before it. Operands that are missing or of the wrong kind
make an operator do nothing. What is not in the table is passed over, as the standard asks.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from pdfminer.pdftypes import PDFStream

from adapters.conversion.ofd_writing import colours
from adapters.conversion.ofd_writing.colours import Space
from adapters.conversion.ofd_writing.geometry import Matrix, times
from adapters.conversion.ofd_writing.objects import array, dictionary, name, number, numbers, plain, stream
from adapters.conversion.ofd_writing.state import Colour

if TYPE_CHECKING:
    from adapters.conversion.ofd_writing.interpreter import Interpreter

Given = list[Any]
Operator = Callable[["Interpreter", Given], None]
_OPAQUE: Final = frozenset({"", "Normal", "Compatible"})


def _values(given: Sequence[Any], count: int) -> list[float] | None:
    """The last *count* numbers; None where there are fewer."""
    found = [float(each) for each in given if isinstance(each, int | float) and math.isfinite(each)]
    return found[-count:] if len(found) >= count else None


def _last(given: Given) -> float:
    return number(given[-1]) if given else 0.0


def _label(given: Given) -> str:
    return name(given[-1]) if given else ""


def _six(given: Given) -> Matrix | None:
    values = _values(given, 6)
    return None if values is None else (values[0], values[1], values[2], values[3], values[4], values[5])


# ---- graphics state


def _cm(page: Interpreter, given: Given) -> None:
    if (matrix := _six(given)) is not None:
        page.state.ctm = times(matrix, page.state.ctm)


def _width(page: Interpreter, given: Given) -> None:
    page.state.width = abs(_last(given))


def _cap(page: Interpreter, given: Given) -> None:
    page.state.cap = int(_last(given))


def _join(page: Interpreter, given: Given) -> None:
    page.state.join = int(_last(given))


def _miter(page: Interpreter, given: Given) -> None:
    page.state.miter = _last(given)


def _dash(page: Interpreter, given: Given) -> None:
    if len(given) >= 2:
        lengths = [abs(length) for length in numbers(given[-2])]
        page.state.dashes = tuple(lengths) if sum(lengths) > 0 else ()
        page.state.dash_phase = number(given[-1])


def _fill_alpha(page: Interpreter, given: Given) -> None:
    page.state.fill_alpha = min(1.0, max(0.0, _last(given)))


def _stroke_alpha(page: Interpreter, given: Given) -> None:
    page.state.stroke_alpha = min(1.0, max(0.0, _last(given)))


def _blend(page: Interpreter, given: Given) -> None:
    modes = [name(each) for each in array(given[-1])] or [name(given[-1])]
    page.state.blending = "" if modes[0] in _OPAQUE else modes[0]


def _mask(page: Interpreter, given: Given) -> None:
    page.state.masked = bool(dictionary(given[-1]))


def _dash_pair(page: Interpreter, given: Given) -> None:
    _dash(page, array(given[-1]))


def _font_pair(page: Interpreter, given: Given) -> None:
    if len(pair := array(given[-1])) == 2:
        page.state.words.font, page.state.words.size = page.shared.font(pair[0]), number(pair[1])


_SETTINGS: Final[Mapping[str, Operator]] = {
    "LW": _width,
    "LC": _cap,
    "LJ": _join,
    "ML": _miter,
    "D": _dash_pair,
    "Font": _font_pair,
    "ca": _fill_alpha,
    "CA": _stroke_alpha,
    "BM": _blend,
    "SMask": _mask,
}


def _gs(page: Interpreter, given: Given) -> None:
    for label, setting in dictionary(page.resources.named("ExtGState", _label(given))).items():
        if label in _SETTINGS:
            _SETTINGS[label](page, [setting if label == "Font" else plain(setting)])


# ---- paths


def _m(page: Interpreter, given: Given) -> None:
    if values := _values(given, 2):
        page.pen.move(page.state.ctm, *values)


def _l(page: Interpreter, given: Given) -> None:
    if values := _values(given, 2):
        page.pen.line(page.state.ctm, *values)


def _c(page: Interpreter, given: Given) -> None:
    if values := _values(given, 6):
        a, b, c, d, e, f = values
        page.pen.curve(page.state.ctm, (a, b), (c, d), (e, f))


def _v(page: Interpreter, given: Given) -> None:
    if values := _values(given, 4):
        a, b, c, d = values
        page.pen.curve(page.state.ctm, (a, b), (c, d))


def _y(page: Interpreter, given: Given) -> None:
    if values := _values(given, 4):
        a, b, c, d = values
        page.pen.curve(page.state.ctm, (a, b), (c, d), (c, d))


def _re(page: Interpreter, given: Given) -> None:
    if values := _values(given, 4):
        page.pen.box(page.state.ctm, *values)


def _clip(page: Interpreter, _: Given) -> None:
    page.clip_rule = False


def _clip_even_odd(page: Interpreter, _: Given) -> None:
    page.clip_rule = True


def _painting(
    *, fill: bool = False, stroke: bool = False, even_odd: bool = False, closed: bool = False
) -> Operator:
    def paint(page: Interpreter, _: Given) -> None:
        if closed:
            page.pen.close()
        page.paint(fill=fill, stroke=stroke, even_odd=even_odd)

    return paint


# ---- colours


def _space(page: Interpreter, given: Given, *, stroke: bool) -> None:
    found = colours.space(given[-1] if given else None, page.spaces())
    if found is not None:
        page.colour(
            Colour(found, found.rgb(found.initial) if found.initial else colours.BLACK), stroke=stroke
        )


def _components(page: Interpreter, given: Given, *, stroke: bool) -> None:
    found = (page.state.stroke if stroke else page.state.fill).space
    if found.kind == "Pattern":
        values = _values(given, found.components) if found.under is not None else None
        rgb = found.under.rgb(values) if found.under is not None and values else colours.BLACK
        page.colour(Colour(found, rgb, _label(given)), stroke=stroke)
    else:
        _device(page, given, found, stroke=stroke)


def _device(page: Interpreter, given: Given, found: Space, *, stroke: bool) -> None:
    if values := _values(given, found.components):
        page.colour(Colour(found, found.rgb(values)), stroke=stroke)


def _colouring(found: Space, *, stroke: bool) -> Operator:
    return lambda page, given: _device(page, given, found, stroke=stroke)


# ---- pictures, forms, shadings


def _do(page: Interpreter, given: Given) -> None:
    found = stream(page.resources.named("XObject", _label(given)))
    if found is None or not page.shown or page.shared.layers.hides(found.get("OC")):
        return
    if name(found.get("Subtype")) == "Image":
        page.picture(found)
    else:
        page.form(found)


def _inline(page: Interpreter, given: Given) -> None:
    if given and isinstance(given[-1], PDFStream):
        page.picture(given[-1])


def _sh(page: Interpreter, given: Given) -> None:
    page.shade(page.resources.named("Shading", _label(given)))


# ---- text


def _tf(page: Interpreter, given: Given) -> None:
    if len(given) >= 2:
        found = page.resources.named("Font", name(given[-2]))
        page.state.words.font = None if found is None else page.shared.font(found)
        page.state.words.size = number(given[-1])


def _tc(page: Interpreter, given: Given) -> None:
    page.state.words.character_space = _last(given)


def _tw(page: Interpreter, given: Given) -> None:
    page.state.words.word_space = _last(given)


def _tz(page: Interpreter, given: Given) -> None:
    page.state.words.stretch = _last(given) / 100


def _tl(page: Interpreter, given: Given) -> None:
    page.state.words.leading = _last(given)


def _ts(page: Interpreter, given: Given) -> None:
    page.state.words.rise = _last(given)


def _tr(page: Interpreter, given: Given) -> None:
    page.state.words.mode = int(_last(given))


def _td(page: Interpreter, given: Given) -> None:
    if values := _values(given, 2):
        page.text.next_line(*values)


def _td_leading(page: Interpreter, given: Given) -> None:
    if values := _values(given, 2):
        page.state.words.leading = -values[1]
        page.text.next_line(*values)


def _tm(page: Interpreter, given: Given) -> None:
    if (matrix := _six(given)) is not None:
        page.text.place(matrix)


def _next_line(page: Interpreter, _: Given) -> None:
    page.text.next_line(0.0, -page.state.words.leading)


def _tj(page: Interpreter, given: Given) -> None:
    if given:
        page.show([plain(given[-1])])


def _tj_array(page: Interpreter, given: Given) -> None:
    if given:
        page.show(array(given[-1]))


def _quote(page: Interpreter, given: Given) -> None:
    _next_line(page, given)
    _tj(page, given)


def _double_quote(page: Interpreter, given: Given) -> None:
    if len(given) >= 3:
        page.state.words.word_space = number(given[-3])
        page.state.words.character_space = number(given[-2])
        _quote(page, given)


def _d1(page: Interpreter, _: Given) -> None:
    page.uncoloured = True
    page.state.stroke = page.state.fill


# ---- marked content


def _bdc(page: Interpreter, given: Given) -> None:
    hides = False
    if len(given) >= 2 and name(given[-2]) == "OC":
        hides = page.shared.layers.hides(page.resources.named("Properties", name(given[-1])))
    page.marks.append(hides)


def _emc(page: Interpreter, _: Given) -> None:
    if page.marks:
        page.marks.pop()


OPERATORS: Final[Mapping[str, Operator]] = {
    "q": lambda page, _: page.save(),
    "Q": lambda page, _: page.restore(),
    "cm": _cm,
    "w": _width,
    "J": _cap,
    "j": _join,
    "M": _miter,
    "d": _dash,
    "gs": _gs,
    "m": _m,
    "l": _l,
    "c": _c,
    "v": _v,
    "y": _y,
    "h": lambda page, _: page.pen.close(),
    "re": _re,
    "n": _painting(),
    "f": _painting(fill=True),
    "F": _painting(fill=True),
    "f*": _painting(fill=True, even_odd=True),
    "S": _painting(stroke=True),
    "s": _painting(stroke=True, closed=True),
    "B": _painting(fill=True, stroke=True),
    "B*": _painting(fill=True, stroke=True, even_odd=True),
    "b": _painting(fill=True, stroke=True, closed=True),
    "b*": _painting(fill=True, stroke=True, even_odd=True, closed=True),
    "W": _clip,
    "W*": _clip_even_odd,
    "g": _colouring(colours.GRAY, stroke=False),
    "G": _colouring(colours.GRAY, stroke=True),
    "rg": _colouring(colours.RGB, stroke=False),
    "RG": _colouring(colours.RGB, stroke=True),
    "k": _colouring(colours.CMYK, stroke=False),
    "K": _colouring(colours.CMYK, stroke=True),
    "cs": lambda page, given: _space(page, given, stroke=False),
    "CS": lambda page, given: _space(page, given, stroke=True),
    "sc": lambda page, given: _components(page, given, stroke=False),
    "scn": lambda page, given: _components(page, given, stroke=False),
    "SC": lambda page, given: _components(page, given, stroke=True),
    "SCN": lambda page, given: _components(page, given, stroke=True),
    "Do": _do,
    "EI": _inline,
    "sh": _sh,
    "BT": lambda page, _: page.text.begin(),
    "Tf": _tf,
    "Tc": _tc,
    "Tw": _tw,
    "Tz": _tz,
    "TL": _tl,
    "Ts": _ts,
    "Tr": _tr,
    "Td": _td,
    "TD": _td_leading,
    "Tm": _tm,
    "T*": _next_line,
    "Tj": _tj,
    "TJ": _tj_array,
    "'": _quote,
    '"': _double_quote,
    "d1": _d1,
    "BDC": _bdc,
    "BMC": lambda page, _: page.marks.append(False),
    "EMC": _emc,
}
