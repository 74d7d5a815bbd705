# SPDX-License-Identifier: Apache-2.0
"""
The calculator functions of PDF (ISO 32000-1, 7.10.5): a stack, numbers, `if` and `ifelse`; nothing else.

A program has no loop, so it ends; what it does not understand makes it no program at all.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

Token = float | str | tuple["Token", ...]
LONGEST: Final = 20_000  # tokens
TALLEST: Final = 200  # numbers on the stack

_WORDS = re.compile(rb"[{}]|[^\s{}]+")
_ONE: Final[dict[str, Callable[[float], float]]] = {
    "abs": abs,
    "neg": lambda a: -a,
    "ceiling": math.ceil,
    "floor": math.floor,
    "round": lambda a: math.floor(a + 0.5),
    "truncate": math.trunc,
    "sqrt": lambda a: math.sqrt(max(a, 0.0)),
    "sin": lambda a: math.sin(math.radians(a)),
    "cos": lambda a: math.cos(math.radians(a)),
    "ln": lambda a: math.log(a) if a > 0 else 0.0,
    "log": lambda a: math.log10(a) if a > 0 else 0.0,
    "cvi": math.trunc,
    "cvr": float,
    "not": lambda a: float(not a),
}
_TWO: Final[dict[str, Callable[[float, float], float]]] = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a / b if b else 0.0,
    "idiv": lambda a, b: math.trunc(a / b) if b else 0.0,
    "mod": lambda a, b: math.fmod(a, b) if b else 0.0,
    "atan": lambda a, b: math.degrees(math.atan2(a, b)) % 360,
    "exp": lambda a, b: abs(a) ** b if a or b > 0 else 0.0,
    "eq": lambda a, b: float(a == b),
    "ne": lambda a, b: float(a != b),
    "gt": lambda a, b: float(a > b),
    "ge": lambda a, b: float(a >= b),
    "lt": lambda a, b: float(a < b),
    "le": lambda a, b: float(a <= b),
    "and": lambda a, b: float(int(a) & int(b)),
    "or": lambda a, b: float(int(a) | int(b)),
    "xor": lambda a, b: float(int(a) ^ int(b)),
    "bitshift": lambda a, b: float(int(a) << int(min(b, 31)) if b >= 0 else int(a) >> int(min(-b, 63))),
}
_SHUFFLES: Final = frozenset({"pop", "exch", "dup", "copy", "index", "roll"})


@dataclass(frozen=True, slots=True)
class Program:
    """A calculator function."""

    tokens: tuple[Token, ...]

    def run(self, inputs: Sequence[float]) -> list[float]:
        """The stack at the end; what the program makes impossible answers nothing."""
        stack = list(inputs)
        try:
            _run(self.tokens, stack)
        except (IndexError, ValueError, OverflowError):
            return []
        return stack


def compiled(source: bytes) -> Program | None:
    """The program that *source* is; None where it is none."""
    words = [word.decode("latin-1") for word in _WORDS.findall(source)]
    if not words or words[0] != "{" or len(words) > LONGEST:
        return None
    open_blocks: list[list[Token]] = []
    for word in words:
        if word == "{":
            open_blocks.append([])
        elif word == "}":
            block = tuple(open_blocks.pop())
            if not open_blocks:
                return Program(block)
            open_blocks[-1].append(block)
        else:
            token = _token(word)
            if token is None:
                return None
            open_blocks[-1].append(token)
    return None


def _token(word: str) -> Token | None:
    if word in ("true", "false"):
        return float(word == "true")
    if word in _ONE or word in _TWO or word in _SHUFFLES or word in ("if", "ifelse"):
        return word
    try:
        return float(word)
    except ValueError:
        return None


def _run(tokens: Sequence[Token], stack: list[float]) -> None:
    blocks: list[tuple[Token, ...]] = []
    for token in tokens:
        if isinstance(token, tuple):
            blocks.append(token)
        elif isinstance(token, str):
            _apply(token, stack, blocks)
        else:
            stack.append(token)
        if len(stack) > TALLEST:
            raise OverflowError


def _apply(word: str, stack: list[float], blocks: list[tuple[Token, ...]]) -> None:
    if word in _ONE:
        stack.append(float(_ONE[word](stack.pop())))
    elif word in _TWO:
        second = stack.pop()
        stack.append(float(_TWO[word](stack.pop(), second)))
    elif word in _SHUFFLES:
        _shuffle(word, stack)
    else:
        otherwise = blocks.pop() if word == "ifelse" else ()
        then = blocks.pop()
        _run(then if stack.pop() else otherwise, stack)


def _shuffle(word: str, stack: list[float]) -> None:
    if word == "pop":
        stack.pop()
    elif word == "dup":
        stack.append(stack[-1])
    elif word == "exch":
        stack[-1], stack[-2] = stack[-2], stack[-1]
    elif word == "copy":
        count = int(stack.pop())
        stack.extend(stack[len(stack) - count :] if count > 0 else [])
    elif word == "index":
        stack.append(stack[-1 - int(stack.pop())])
    else:
        by, count = int(stack.pop()), int(stack.pop())
        if count > 0:
            turned = stack[len(stack) - count :]
            by %= count
            stack[len(stack) - count :] = turned[count - by :] + turned[: count - by]
