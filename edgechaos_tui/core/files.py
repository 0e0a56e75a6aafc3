"""Files that are whole or not there: written beside their place, then put into it."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from engine.record.session import SessionError


@contextmanager
def whole_file(output: Path) -> Iterator[Path]:
    """A temporary path to write to; it becomes `output` when the block ends well.

    It has `output`'s own ending, which tells some writers the format. Raises SessionError, in a
    sentence, where it cannot be written.
    """
    handle = None
    try:
        handle, made = tempfile.mkstemp(
            prefix=f".{output.stem}-", suffix=output.suffix, dir=output.parent
        )
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


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
