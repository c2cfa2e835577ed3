"""How a long call speaks: bars by tqdm, lines to the log, conditions as warnings."""

from __future__ import annotations

import logging
import sys
import warnings
from types import TracebackType
from typing import Any

from lexicell._errors import LexicellWarning
from lexicell._extension import core
from lexicell._settings import settings

log = logging.getLogger("lexicell")


def thread_count(threads: int | None) -> int:
    """The argument, else the setting, else what the process may use."""
    chosen = threads if threads is not None else settings.threads
    return int(chosen) if chosen is not None else int(core().available_threads())


def _outside_level() -> int:
    # So that a warning names the user's line.
    level, frame = 2, sys._getframe(2)
    while frame.f_back is not None and frame.f_globals.get("__name__", "").split(".")[0] == "lexicell":
        level, frame = level + 1, frame.f_back
    return level


class Reporter:
    """Handed to the extension, which calls it from the calling thread."""

    def __init__(self, quiet: bool = False) -> None:
        self._quiet = quiet
        self._stage = ""
        self._bar: Any = None
        self._told: set[tuple[str, int, str]] = set()

    def __enter__(self) -> Reporter:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        self._close()

    def _close(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None

    def _open(self, stage: str, total: int) -> None:
        self._close()
        self._stage = stage
        if self._quiet or not settings.progress:
            return
        try:
            from tqdm.auto import tqdm
        except ImportError:
            return
        # disable=None is tqdm's way to be silent where no terminal is.
        self._bar = tqdm(desc=stage, total=total or None, leave=False, disable=None if settings.progress == "auto" else False)

    def progress(self, stage: str, done: int, total: int, figures: dict[str, float]) -> None:
        """Where the work stands."""
        if stage != self._stage:
            self._open(stage, total)
        if self._bar is None:
            return
        if total:
            self._bar.total = total
        self._bar.n = done
        if figures:
            self._bar.set_postfix({name: f"{value:.4g}" for name, value in figures.items()}, refresh=False)
        self._bar.refresh()

    def info(self, line: str) -> None:
        """An assumption made, or a step finished."""
        if not self._quiet:
            log.info(line)

    def warn(self, name: str, count: int, detail: str) -> None:
        """A condition; a reader and a task may find the same one."""
        if (name, count, detail) in self._told:
            return
        self._told.add((name, count, detail))
        text = f"{name} ({count}): {detail}" if count else f"{name}: {detail}"
        warnings.warn(text, LexicellWarning, stacklevel=_outside_level())
