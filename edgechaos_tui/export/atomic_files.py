"""Files that are whole or not there: written beside their place, then put into it."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from engine.storage.errors import SessionError


@contextmanager
def whole_file(output: Path, *, suffix: str | None = None) -> Iterator[Path]:
    """A temporary path to write to; it becomes `output` when the block ends well.

    It ends in `suffix` (default: as `output` does), which tells some writers the format. Raises
    SessionError, in a sentence, where it cannot be written.
    """
    suffix = output.suffix if suffix is None else suffix
    try:
        handle, made = tempfile.mkstemp(prefix=f".{output.stem}-", suffix=suffix, dir=output.parent)
        os.close(handle)
        temporary = Path(made)
        try:
            yield temporary
            # mkstemp's own mode is for secrets; a file that is made openly follows the umask.
            temporary.chmod(0o666 & ~_umask())
            os.replace(temporary, output)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise SessionError(f"cannot write {output}: {error.strerror or error}") from None


@contextmanager
def whole_folder(output: Path) -> Iterator[Path]:
    """A temporary folder to fill; it becomes `output` when the block ends well.

    Raises SessionError where it cannot be written, or where `output` holds something already.
    """
    try:
        if output.exists() and (not output.is_dir() or any(output.iterdir())):
            raise SessionError(f"{output} exists already; name a new or an empty folder")
        temporary = Path(tempfile.mkdtemp(prefix=f".{output.name}-", dir=output.parent))
        try:
            yield temporary
            temporary.chmod(0o777 & ~_umask())
            os.replace(temporary, output)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
    except OSError as error:
        raise SessionError(f"cannot write {output}: {error.strerror or error}") from None


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
