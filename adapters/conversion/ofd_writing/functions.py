# SPDX-License-Identifier: Apache-2.0
"""
PDF functions (ISO 32000-1, 7.10): numbers in, numbers out; for tints and gradients.

All four types. A function that cannot be read answers its inputs' shape with nothing, `None`, and
whoever needed it says what was lost.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import product
from typing import Final

from adapters.conversion.ofd_writing.objects import (
    array,
    dictionary,
    number,
    numbers,
    stream,
    whole,
)
from adapters.conversion.ofd_writing.postscript import Program, compiled
from adapters.conversion.ofd_writing.unpacking import unpacked

Function = Callable[[Sequence[float]], list[float]]
DEEPEST: Final = 8  # functions within functions


def function(value: object, depth: int = 0) -> Function | None:
    """The function that *value* describes; an array of them is one with several outputs."""
    if depth > DEEPEST:
        return None
    if parts := array(value):
        made = [function(part, depth + 1) for part in parts]
        return None if None in made else _side_by_side([each for each in made if each is not None])
    attributes = dictionary(value)
    kind = whole(attributes.get("FunctionType"), -1)
    domain = _pairs(numbers(attributes.get("Domain"))) or [(0.0, 1.0)]
    makers = {0: _sampled, 2: _exponential, 3: _stitched, 4: _calculated}
    inner = makers[kind](value, domain, depth) if kind in makers else None
    if inner is None:
        return None
    spans = _pairs(numbers(attributes.get("Range")))
    return lambda inputs: _clamped(inner(_clamped(inputs, domain)), spans)


def _side_by_side(parts: list[Function]) -> Function:
    return lambda inputs: [value for part in parts for value in part(inputs)]


def _pairs(values: Sequence[float]) -> list[tuple[float, float]]:
    return list(zip(values[::2], values[1::2], strict=False))


def _clamped(values: Sequence[float], spans: Sequence[tuple[float, float]]) -> list[float]:
    if not spans:
        return list(values)
    return [min(max(value, low), high) for value, (low, high) in zip(values, spans, strict=False)]


def _between(x: float, low: float, high: float, first: float, last: float) -> float:
    return first if high == low else first + (x - low) * (last - first) / (high - low)


def _exponential(value: object, _: Sequence[tuple[float, float]], __: int) -> Function | None:
    attributes = dictionary(value)
    first = numbers(attributes.get("C0")) or [0.0]
    last = numbers(attributes.get("C1")) or [1.0]
    power = number(attributes.get("N"), 1.0)

    def answer(inputs: Sequence[float]) -> list[float]:
        x = max(inputs[0], 0.0) if power != int(power) or power < 0 else inputs[0]
        bend = 0.0 if x == 0 and power <= 0 else x**power
        return [low + bend * (high - low) for low, high in zip(first, last, strict=False)]

    return answer


def _stitched(value: object, domain: Sequence[tuple[float, float]], depth: int) -> Function | None:
    attributes = dictionary(value)
    made = [function(part, depth + 1) for part in array(attributes.get("Functions"))]
    parts = [each for each in made if each is not None]
    bounds, encode = numbers(attributes.get("Bounds")), _pairs(numbers(attributes.get("Encode")))
    if not parts or len(parts) != len(made) or len(bounds) != len(parts) - 1 or len(encode) < len(parts):
        return None
    edges = [domain[0][0], *bounds, domain[0][1]]

    def answer(inputs: Sequence[float]) -> list[float]:
        x = inputs[0]
        which = sum(1 for bound in bounds if x >= bound)
        return parts[which]([_between(x, edges[which], edges[which + 1], *encode[which])])

    return answer


def _calculated(value: object, _: Sequence[tuple[float, float]], __: int) -> Function | None:
    found = stream(value)
    program: Program | None = None if found is None else compiled(unpacked(found))
    return None if program is None else program.run


def _sampled(value: object, domain: Sequence[tuple[float, float]], _: int) -> Function | None:
    found = stream(value)
    if found is None:
        return None
    sizes = [max(1, int(size)) for size in numbers(found.get("Size"))]
    bits = whole(found.get("BitsPerSample"), 8)
    spans = _pairs(numbers(found.get("Range")))
    data, outputs = unpacked(found), len(spans)
    if not sizes or len(sizes) > 4 or not outputs or math.prod(sizes) * outputs * bits > 8 * len(data):
        return None
    encode = _pairs(numbers(found.get("Encode"))) or [(0.0, size - 1.0) for size in sizes]
    decode = _pairs(numbers(found.get("Decode"))) or spans
    table = _samples(data, bits, math.prod(sizes) * outputs)

    def answer(inputs: Sequence[float]) -> list[float]:
        places = [
            min(max(_between(x, *span, *code), 0.0), size - 1.0)
            for x, span, code, size in zip(inputs, domain, encode, sizes, strict=False)
        ]
        mixed = _mixed(table, sizes, places, outputs)
        return [low + share * (high - low) for share, (low, high) in zip(mixed, decode, strict=False)]

    return answer


def _samples(data: bytes, bits: int, count: int) -> list[float]:
    if bits == 8:
        return [each / 255 for each in data[:count]]
    top, whole_number = (1 << bits) - 1, int.from_bytes(data, "big")
    length = 8 * len(data)
    if count > 65536:  # a table that large is of eight or sixteen bits
        step = max(1, bits // 8)
        return [int.from_bytes(data[i : i + step], "big") / top for i in range(0, count * step, step)]
    return [((whole_number >> (length - (i + 1) * bits)) & top) / top for i in range(count)]


def _mixed(
    table: Sequence[float], sizes: Sequence[int], places: Sequence[float], outputs: int
) -> list[float]:
    """Between the samples around *places*, in every dimension."""
    result = [0.0] * outputs
    for corner in product((0, 1), repeat=len(sizes)):
        weight, index, stride = 1.0, 0, 1
        for step, place, size in zip(corner, places, sizes, strict=False):
            low = min(int(place), size - 1)
            share = place - low
            weight *= share if step else 1.0 - share
            index += min(low + step, size - 1) * stride
            stride *= size
        if weight:
            for i in range(outputs):
                result[i] += weight * table[index * outputs + i]
    return result
