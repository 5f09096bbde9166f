"""Shows a person a long job: one line a step, redrawn on a terminal, plain otherwise."""

from __future__ import annotations

import os
import shutil
import sys
import time
from typing import TextIO

STYLES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "cyan": "36"}
PLAIN_EVERY_S = 5.0

# Text with a style; a row of a drawing is a list of these.
Span = tuple[str, str]


class Console:
    """Writes to one stream. `live` is true on a terminal, where lines may be redrawn."""

    def __init__(self, out: TextIO) -> None:
        self.out = out
        self.live = out.isatty() and os.environ.get("TERM") != "dumb"
        self._colour = self.live and not os.environ.get("NO_COLOR")
        self._step = ""
        self._began = 0.0
        self._shown = 0.0
        self._drawn_rows = 0

    def paint(self, text: str, style: str) -> str:
        code = STYLES.get(style)
        return f"\x1b[{code}m{text}\x1b[0m" if code and self._colour else text

    def say(self, text: str = "") -> None:
        print(text, file=self.out, flush=True)

    def warn(self, text: str) -> None:
        self.say(self.paint(text, "yellow"))

    # A step of a long job: begin, any number of updates, done.

    def begin(self, step: str) -> None:
        self._step = step
        self._began = self._shown = time.monotonic()
        if self.live:
            self.out.write(f"  {step} …")
            self.out.flush()
        else:
            self.say(f"  {step} ...")

    def update(self, detail: str) -> None:
        now = time.monotonic()
        if self.live:
            width = shutil.get_terminal_size().columns - 1
            self.out.write("\r\x1b[K" + f"  {self._step} … {detail}"[:width])
            self.out.flush()
        elif now - self._shown >= PLAIN_EVERY_S:
            self._shown = now
            self.say(f"  {self._step} ... {detail}")

    def done(self, detail: str = "") -> None:
        seconds = time.monotonic() - self._began
        start = "\r\x1b[K" if self.live else ""
        tail = f": {detail}" if detail else ""
        self.say(f"{start}{self.paint('✓', 'green')} {self._step}{tail} ({seconds:.1f} s)")

    def fail(self) -> None:
        start = "\r\x1b[K" if self.live else ""
        self.say(f"{start}{self.paint('✗', 'red')} {self._step}")

    # A drawing of several rows that is replaced by the next.

    def draw(self, rows: list[list[Span]]) -> None:
        columns, lines = shutil.get_terminal_size()
        back = f"\x1b[{self._drawn_rows}F" if self._drawn_rows else ""
        rows = rows[: lines - 1]
        text = "".join(self._fit(row, columns - 1) + "\x1b[K\n" for row in rows)
        self.out.write(f"\x1b[?25l{back}{text}\x1b[J\x1b[?25h")
        self.out.flush()
        self._drawn_rows = len(rows)

    def _fit(self, row: list[Span], width: int) -> str:
        text = ""
        for words, style in row:
            words = words[:width]
            width -= len(words)
            text += self.paint(words, style)
        return text


def one_line_error(program: str, error: object) -> None:
    print(f"{program}: {error}", file=sys.stderr, flush=True)
