"""Loads the extension module when something of it is needed."""

from __future__ import annotations

import ctypes
import importlib
import importlib.util
import os
import threading
from pathlib import Path
from typing import Any

_lock = threading.Lock()
_core: Any = None

# OpenMP threads that spin while they wait make LibTorch several times slower on a machine that does anything else; its
# runtime reads this once, when it is loaded.
_QUIET = {"OMP_WAIT_POLICY": "passive", "GOMP_SPINCOUNT": "0"}


def _torch_libraries() -> Path:
    # Where torch is, without importing it: that takes seconds, its libraries a fraction of one.
    spec = importlib.util.find_spec("torch")
    if spec is None or spec.origin is None:
        raise ImportError("lexicell computes with LibTorch, which comes with torch: pip install torch")
    return Path(spec.origin).parent / "lib"


def _load() -> Any:
    given = any(name in os.environ for name in _QUIET)
    if not given:
        os.environ.update(_QUIET)
    try:
        # The extension looks for torch beside itself; loaded first, it is found wherever it is installed.
        folder = _torch_libraries()
        for name in ("libc10.so", "libtorch_cpu.so", "libtorch.so"):
            ctypes.CDLL(str(folder / name), mode=ctypes.RTLD_GLOBAL)
        return importlib.import_module("lexicell._core")
    finally:
        if not given:
            for name in _QUIET:  # child processes decide for themselves
                os.environ.pop(name, None)


def core() -> Any:
    """The extension module."""
    global _core
    if _core is None:
        with _lock:
            if _core is None:
                _core = _load()
    return _core
