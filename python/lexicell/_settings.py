"""What holds for all calls."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Settings:
    """What holds for all calls.

    Attributes
    ----------
    threads
        Threads of a call; ``None`` is as many as the process may use. With another number of threads trained models
        differ in their last digits, everything else is equal.
    progress
        ``"auto"`` shows bars in terminals and notebooks, ``True`` always, ``False`` never. Bars need tqdm.

    Examples
    --------
    >>> import lexicell as lx
    >>> lx.settings.progress = False
    """

    threads: int | None = None
    progress: bool | str = "auto"


settings = Settings()
