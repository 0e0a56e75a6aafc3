"""The download of a published set from its mirrors into the cache folder, with progress.

torchvision's own download reports no progress and unpacks beside the archive. Here each archive is
streamed into a temporary file, checked against its published sum and then put in place in one step,
so that a reader, or a second engine that downloads at the same time, finds either a good file or
none.
"""

import base64
import contextlib
import http.client
import os
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Final

from engine.data.archive import DataError, PublishedSet, Report, is_good
from engine.storage.errors import EdgeChaosError

MIRROR_VARIABLE: Final = "EDGECHAOS_MIRROR"
_TIMEOUT_SECONDS: Final = 30.0
_PART_SECONDS: Final = 3600.0
_CHUNK_BYTES: Final = 1 << 18


class _MirrorError(EdgeChaosError):
    """A mirror gave no good file; the message says why, in a few words."""


def complete(folder: Path, described: PublishedSet, report: Report) -> None:
    """Download the archives that `folder` lacks, or that are damaged.

    Reports "downloading" in bytes. $EDGECHAOS_MIRROR, an address, replaces the listed mirrors.
    Raises DataError when no mirror gives a file, or the folder cannot keep it.
    """
    missing = [name for name, md5 in described.files.items() if not is_good(folder / name, md5)]
    if not missing:
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _drop_old_parts(folder)
        done = sum(
            (folder / name).stat().st_size for name in described.files if name not in missing
        )
        report("downloading", done, described.size)
        for name in missing:
            done = _fetch(name, folder, described, done, report)
    except OSError as error:
        raise DataError(
            f"{described.title} cannot be kept in the cache folder {folder} ({error.strerror}): "
            f"make it writable and free {described.size / 1e6:.0f} MB there, or set "
            "XDG_CACHE_HOME to another folder, or point --data-dir at a folder that has the data."
        ) from None


def _fetch(name: str, folder: Path, described: PublishedSet, done: int, report: Report) -> int:
    """Put the archive `name` into `folder`. Returns the bytes done. Raises OSError, DataError."""

    def progress(received: int) -> None:
        report("downloading", done + received, max(described.size, done + received))

    reasons = []
    for mirror in _mirrors(described):
        try:
            return done + _fetch_from(
                mirror + name, folder / name, described.files[name], progress, described.size
            )
        except _MirrorError as reason:
            reasons.append(f"{_without_user(mirror)}: {reason}")
    raise DataError(
        f"{described.title} is not on this machine and {name} could not be downloaded "
        f"({'; '.join(reasons)}): point --data-dir or EDGECHAOS_DATA at a folder that has it, or "
        f"connect to the internet (https_proxy is used) or copy {', '.join(described.files)} to "
        f"{folder}, or "
        "use --dataset synthetic, which is built in."
    )


def _mirrors(described: PublishedSet) -> tuple[str, ...]:
    mirror = os.environ.get(MIRROR_VARIABLE, "")
    return (mirror.rstrip("/") + "/",) if mirror else described.mirrors


def _without_user(url: str) -> str:
    """`url` without the user and password before the host, so that it can be shown."""
    parts = urllib.parse.urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


def _request(url: str) -> urllib.request.Request:
    """The request for `url`; its user and password become a header, which no message repeats."""
    request = urllib.request.Request(_without_user(url))
    user = urllib.parse.urlsplit(url).netloc.rpartition("@")[0]
    if user:
        name, _, password = user.partition(":")
        pair = f"{urllib.parse.unquote(name)}:{urllib.parse.unquote(password)}"
        token = base64.b64encode(pair.encode()).decode()
        request.add_unredirected_header("Authorization", f"Basic {token}")
    return request


def _drop_old_parts(folder: Path) -> None:
    """Remove the parts of killed downloads: those not written to for an hour."""
    for part in folder.glob(".*.part"):
        with contextlib.suppress(OSError):
            if time.time() - part.stat().st_mtime > _PART_SECONDS:
                part.unlink()


def _fetch_from(
    url: str, target: Path, md5: str, progress: Callable[[int], None], max_bytes: int
) -> int:
    """Stream `url` to `target` and return its bytes. Raises _MirrorError for a wrong MD5 sum.

    At most `max_bytes` are accepted: an endless answer must not fill the disk.
    """
    descriptor, partial = tempfile.mkstemp(
        prefix=f".{target.name}.", suffix=".part", dir=target.parent
    )
    try:
        with open(descriptor, "wb") as file:
            received = _stream(url, file.write, progress, max_bytes)
            file.flush()
            os.fsync(file.fileno())
        if not is_good(Path(partial), md5):
            raise _MirrorError(f"the MD5 sum of its {received:,} bytes is not the published one")
        os.replace(partial, target)
    except BaseException:
        # Also when the run is stopped during the download: `report` may raise.
        Path(partial).unlink(missing_ok=True)
        raise
    return received


def _stream(
    url: str, write: Callable[[bytes], int], progress: Callable[[int], None], max_bytes: int
) -> int:
    received = 0
    with _open(url) as response:
        while chunk := _read(response):
            write(chunk)
            received += len(chunk)
            if received > max_bytes:
                raise _MirrorError(f"it sent more than the {max_bytes:,} bytes of the whole set")
            progress(received)
        # A file:// address has no remaining length.
        if getattr(response, "length", None):
            raise _MirrorError(f"the connection broke after {received:,} bytes")
    return received


def _open(url: str) -> http.client.HTTPResponse:
    try:
        response: http.client.HTTPResponse = urllib.request.urlopen(
            _request(url), timeout=_TIMEOUT_SECONDS
        )
    except urllib.error.HTTPError as error:
        error.close()
        raise _MirrorError(f"HTTP status {error.code}") from None
    except urllib.error.URLError as error:
        raise _MirrorError(str(error.reason)) from None
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise _MirrorError(str(error)) from None
    return response


def _read(response: http.client.HTTPResponse) -> bytes:
    try:
        return response.read(_CHUNK_BYTES)
    except (OSError, http.client.HTTPException) as error:
        raise _MirrorError(f"the connection broke ({error})") from None
