"""What goes wrong, as the user sees it."""

from __future__ import annotations

from typing import Any


class Error(Exception):
    """Input or surroundings that lexicell cannot work with.

    ``str(error)`` is one sentence with all of the fields below.

    Parameters
    ----------
    text
        The whole sentence.
    code
        The exit code that the command would end with: 2 usage, 3 unreadable, 4 not what the function needs, 5 model,
        6 memory, 7 device, 8 writing, 9 diverged, 10 own limit, 1 a bug of lexicell.
    type
        Stable identifier, e.g. ``"not-counts"``.
    message
        What is wrong, without the fields below.
    file, key
        Where: a file, a slot or an argument.
    offset
        Bytes from the start of the file.
    found, expected
        What stands there, and what should.
    hint
        What to do.

    Examples
    --------
    >>> import lexicell as lx
    >>> adata = lx.datasets.simulated(cells=100)
    >>> try:
    ...     lx.tl.score(adata, "X_pca", label="cell_type")
    ... except lx.Error as error:
    ...     print(error.code, error.type)
    4 missing-embedding
    """

    def __init__(
        self,
        text: str,
        code: int = 1,
        type: str = "",
        message: str = "",
        file: str = "",
        key: str = "",
        offset: int | None = None,
        found: str = "",
        expected: str = "",
        hint: str = "",
    ) -> None:
        # All of them go to Exception so that the error can be pickled, e.g. by a process pool.
        super().__init__(text, code, type, message, file, key, offset, found, expected, hint)
        self.code = code
        self.type = type
        self.message = message
        self.file = file
        self.key = key
        self.offset = offset
        self.found = found
        self.expected = expected
        self.hint = hint

    def __str__(self) -> str:
        return str(self.args[0])

    def to_dict(self) -> dict[str, Any]:
        """The fields, as the command prints them under ``error`` with ``--json``.

        Returns
        -------
        dict
            Keys ``code``, ``type``, ``message``, ``file``, ``key``, ``offset``, ``found``, ``expected``, ``hint``.
        """
        names = ("code", "type", "message", "file", "key", "offset", "found", "expected", "hint")
        return {name: getattr(self, name) for name in names}


class LexicellWarning(UserWarning):
    """A condition that one should know of; the message begins with its stable identifier."""


def usage_error(type: str, message: str, **fields: Any) -> Error:
    """An error found before the library was asked."""
    parts = [message]
    for name in ("key", "found", "expected", "hint"):
        if fields.get(name):
            parts.append(f"{name}: {fields[name]}")
    return Error("; ".join(parts), code=2, type=type, message=message, **fields)
