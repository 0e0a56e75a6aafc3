"""A reader of Lightning's `hparams.yaml`, the file of hyperparameters beside a run's metrics.

It reads nested mappings of plain values, and skips lists, tags and multi-line texts.
"""

import re
from pathlib import Path
from typing import Any, Final

from engine.storage.files import read_start

_MAX_BYTES: Final = 256 * 1024
_LINE: Final = re.compile(r"( *)([^\s#'\"\-][^:#]*?|'[^']*'|\"[^\"]*\"):(?: +(.*))?")
_CONSTANTS: Final = {"true": "True", "false": "False", "null": "None", "~": "None"}


def read_hparams(folder: Path) -> dict[str, Any]:
    """The hyperparameters in `folder`; {} without any that can be read."""
    try:
        text = read_start(folder / "hparams.yaml", _MAX_BYTES).decode("utf-8", "replace")
    except OSError:
        return {}
    hyperparameters: dict[str, Any] = {}
    above: list[tuple[int, dict[str, Any]]] = [(-1, hyperparameters)]
    for line in text.splitlines():
        matched = _LINE.fullmatch(line.rstrip())
        if matched is None:
            continue
        depth, key, value = len(matched[1]), matched[2].strip("'\""), matched[3]
        while depth <= above[-1][0]:
            above.pop()
        if value is None:
            inner: dict[str, Any] = {}
            above[-1][1][key] = inner
            above.append((depth, inner))
        elif not value.startswith(("!", "[", "{", "|", ">", "&", "*")):
            above[-1][1][key] = _plain(value)
    return {key: value for key, value in hyperparameters.items() if value != {}}


def _plain(text: str) -> str | int | float:
    if text[:1] in "'\"":
        return text[1:].partition(text[0])[0]
    text = text.partition(" #")[0].strip()
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return _CONSTANTS.get(text.lower(), text)
