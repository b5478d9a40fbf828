"""Does a model fit a board? Answered from sizes, before the compiler runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tinyq.core.boards import Board
from tinyq.core.code_bytes import code_bytes, stack_bytes
from tinyq.core.errors import EmitError
from tinyq.core.kernels import Step
from tinyq.core.stream_plan import StreamPlan
from tinyq.emit.c_values import array_fields
from tinyq.emit.layout import RESHAPE, Layout
from tinyq.emit.tensors import tensor_bytes
from tinyq.emit.used import used

# Code beside the kernels, measured with gcc 12.2 -O2 on Cortex-M and rounded up.
CODE_BYTES_FIXED = 3904  # start-up code and check, port, application, runtime, C library
CODE_BYTES_PER_LAYER = 224  # its parameters and the function that calls the kernel
CODE_BYTES_PER_TILED_LAYER = 320  # the table of its tiles, the copy of its sizes
CODE_BYTES_PER_KERNEL = 2560  # on cores that core/code_bytes.json does not have
CODE_BYTES_STREAM = 3072  # the application `stream`, beside CODE_BYTES_FIXED
RAM_BYTES_FIXED = 256  # .data and .bss beside the arena
RAM_BYTES_PER_LAYER = 8  # the bench application's ticks
STACK_BYTES_FIXED = 512  # below and above a kernel: the application and its calls, interrupts
STACK_BYTES_STREAM = 512  # the application `stream`, beside STACK_BYTES_FIXED


@dataclass(frozen=True)
class Fit:
    """What a model needs and what a board has, in bytes.

    Args:
        weight_bytes: weights alone, as stored.
        constant_bytes: all constant arrays: weights, biases, multipliers, shifts, levels.
        code_bytes: an estimate that is rather too high.
        arena_bytes: the memory plan's.
        ram_fixed_bytes: RAM beside arena and stack (estimate).
        stack_bytes: what is reserved: as the board says, or what the program can take where that is more.
        board: the board.
        arena_limit: the most that the arena may take, if that was asked for.
    """

    weight_bytes: int
    constant_bytes: int
    code_bytes: int
    arena_bytes: int
    ram_fixed_bytes: int
    stack_bytes: int
    board: Board
    arena_limit: int | None = None

    @property
    def flash_bytes(self) -> int:
        """Flash that is needed."""
        return self.constant_bytes + self.code_bytes

    @property
    def ram_bytes(self) -> int:
        """RAM that is needed, the stack included."""
        return self.arena_bytes + self.ram_fixed_bytes + self.stack_bytes

    @property
    def room(self) -> int:
        """What the arena may take."""
        there = self.arena_bytes + self.board.ram_bytes - self.ram_bytes
        return there if self.arena_limit is None else min(there, self.arena_limit)

    @property
    def fits(self) -> bool:
        """Whether all is there."""
        return not self.short

    @property
    def short(self) -> dict[str, int]:
        """Bytes that are lacking, of "flash", "RAM" and "arena" (of what was asked for); empty: it fits."""
        board = self.board
        lacks = {"flash": self.flash_bytes - board.flash_bytes, "RAM": self.ram_bytes - board.ram_bytes}
        if self.arena_limit is not None:
            lacks["arena"] = self.arena_bytes - self.arena_limit
        return {what: by for what, by in lacks.items() if by > 0}

    def require(self, name: str, others: Sequence[str] = ()) -> None:
        """Do nothing where it fits.

        Args:
            name: the model's.
            others: boards that it fits.

        Raises:
            EmitError: with what is needed and what the board has.
        """
        board = self.board
        short = []
        if "flash" in self.short:
            short.append(
                f"it needs {self.flash_bytes:,} bytes of flash ({self.constant_bytes:,} of constants, about"
                f" {self.code_bytes:,} of code), the board has {board.flash_bytes:,}"
            )
        if "RAM" in self.short:
            short.append(
                f"it needs {self.ram_bytes:,} bytes of RAM ({self.arena_bytes:,} of arena,"
                f" {self.stack_bytes:,} of stack, {self.ram_fixed_bytes:,} besides), the board has"
                f" {board.ram_bytes:,}"
            )
        if "arena" in self.short:
            raise EmitError(
                f"model {name!r}",
                f"its arena needs {self.arena_bytes:,} bytes, {self.arena_limit:,} were allowed",
                f"{-(-self.arena_bytes // 1024)} KiB or more (--arena-kib)",
                "`tinyq inspect` shows which layers need the most",
            )
        if short:
            raise EmitError(
                f"model {name!r} on board {board.name!r}",
                "does not fit: " + "; ".join(short),
                f"{board.flash_kib} KiB of flash, {board.ram_kib} KiB of RAM",
                "a smaller model, packed weights (tinyq convert), or another board"
                + (f": {', '.join(others)}" if others else ""),
            )


def fit(
    layout: Layout, board: Board, stream: StreamPlan | None = None, arena_limit: int | None = None
) -> Fit:
    """What a laid-out model needs on a board, with the application `stream` if there is a plan for it."""
    layers = len(layout.steps)
    code, constants, ram = (
        (CODE_BYTES_STREAM, stream.constant_bytes, stream.ram_bytes) if stream else (0, 0, 0)
    )
    return Fit(
        weight_bytes=sum(weight_bytes(layout.arranged(step)) for step in layout.steps),
        constant_bytes=_constant_bytes(layout) + constants,
        code_bytes=_code_bytes(layout) + code,
        arena_bytes=layout.plan.arena_bytes,
        ram_fixed_bytes=RAM_BYTES_FIXED + RAM_BYTES_PER_LAYER * layers + ram,
        stack_bytes=_stack_bytes(layout, board, stream is not None),
        board=board,
        arena_limit=arena_limit,
    )


def _symbols(layout: Layout) -> set[str]:
    """C functions of the kernels."""
    return {layout.variant(step).symbol for step in layout.steps if step.kernel != RESHAPE}


def _code_bytes(layout: Layout) -> int:
    symbols = _symbols(layout)
    kernels = code_bytes(layout.cpu, symbols, used(layout))
    return (
        CODE_BYTES_FIXED
        + (len(symbols) * CODE_BYTES_PER_KERNEL if kernels is None else kernels)
        + CODE_BYTES_PER_LAYER * len(layout.steps)
        + CODE_BYTES_PER_TILED_LAYER * sum(len(stripe.tilings) for stripe in layout.stripes)
    )


def _stack_bytes(layout: Layout, board: Board, stream: bool) -> int:
    kernel = stack_bytes(layout.cpu, _symbols(layout))
    if kernel is None:
        return board.stack_bytes
    most = kernel + STACK_BYTES_FIXED + (STACK_BYTES_STREAM if stream else 0)
    return max(board.stack_bytes, -(-most // 64) * 64)


def weight_bytes(step: Step) -> int:
    """Bytes of a step's weights as they are stored; 0 where its kernel has none."""
    return 0 if not step.constants else int(np.asarray(step.constants[0]).nbytes)


def step_constant_bytes(step: Step) -> int:
    """Bytes of a step's arrays: weights, bias, multipliers, shifts and levels."""
    arrays = [array for array in step.constants if array is not None]
    return sum(int(array.nbytes) for array in (*arrays, *array_fields(step.params).values()))


def _constant_bytes(layout: Layout) -> int:
    tensors = {layout.owner(tensor) for step in layout.steps for tensor in step.inputs}
    operands = [tensor_bytes(layout.graph.tensors[t]) for t in tensors if layout.constant(t) is not None]
    return sum(step_constant_bytes(layout.arranged(step)) for step in layout.steps) + sum(operands)
