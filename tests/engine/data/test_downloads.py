"""Downloads from a mirror on this machine, good and bad, and the sentences when they fail."""

import os
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from engine.data import downloads, published
from engine.data.datasets import load
from engine.storage.hyperparameters import Hyperparameters

Small = Any  # conftest.Published, which a test file cannot import
NAMES = (
    "train-images-idx3-ubyte.gz",
    "train-labels-idx1-ubyte.gz",
    "t10k-images-idx3-ubyte.gz",
    "t10k-labels-idx1-ubyte.gz",
)


class Mirror:
    """An HTTP server on this machine; `answers` maps a file's name to what is sent for it."""

    def __init__(self, answers: dict[str, bytes]) -> None:
        self.answers = answers
        self.asked: list[str] = []
        self.promised = 0  # how many bytes more than it sends the server promises
        mirror = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                name = self.path.rsplit("/", 1)[1]
                mirror.asked.append(name)
                if name not in mirror.answers:
                    self.send_error(404)
                    return
                body = mirror.answers[name]
                self.send_response(200)
                self.send_header("Content-Length", str(len(body) + mirror.promised))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/sets"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,))
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture
def mirror(small: Small, monkeypatch: pytest.MonkeyPatch) -> Iterator[Mirror]:
    mirror = Mirror(dict(small.archives))
    monkeypatch.setenv("EDGECHAOS_MIRROR", mirror.url)
    yield mirror
    mirror.close()


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_first_use_downloads_with_progress_and_a_second_one_does_not(
    small: Small, mirror: Mirror, cache: Path
) -> None:
    data = small.load()

    assert data.train_labels.tolist() == small.train_labels.tolist()
    assert files(cache) == small.archives
    downloading = [report for report in small.reports if report[0] == "downloading"]
    assert [done for _, done, _ in downloading] == sorted(done for _, done, _ in downloading)
    assert downloading[-1][1] == sum(map(len, small.archives.values()))
    assert all(total >= done for _, done, total in downloading)
    assert mirror.asked == list(NAMES)

    assert small.load().checksum == data.checksum
    assert mirror.asked == list(NAMES)
    assert all(report[0] == "loading" for report in small.reports)


def test_the_mirrors_of_torchvision_are_tried_in_turn(
    small: Small, mirror: Mirror, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("EDGECHAOS_MIRROR")
    fashion = published.torchvision_module("datasets").FashionMNIST
    monkeypatch.setattr(fashion, "mirrors", ["http://127.0.0.1:9/", mirror.url + "/"])

    assert len(small.load().train_labels) == len(small.train_labels)


def test_only_what_is_missing_or_damaged_is_fetched(
    small: Small, mirror: Mirror, cache: Path
) -> None:
    small.put(cache)
    (cache / NAMES[0]).write_bytes(b"damaged")
    (cache / NAMES[3]).unlink()

    small.load()

    assert mirror.asked == [NAMES[0], NAMES[3]]
    assert files(cache) == small.archives


def test_a_wrong_checksum_is_refused_and_no_partial_file_stays(
    small: Small, mirror: Mirror, cache: Path
) -> None:
    mirror.answers[NAMES[2]] = b"<html>Please log in</html>"

    message = small.refused()

    assert NAMES[2] in message
    assert "MD5" in message
    assert files(cache) == {name: small.archives[name] for name in NAMES[:2]}


def test_a_connection_that_breaks_leaves_no_partial_file(
    small: Small, mirror: Mirror, cache: Path
) -> None:
    mirror.promised = 1000

    message = small.refused()

    assert "connection broke" in message
    assert files(cache) == {}


@pytest.mark.parametrize("why", ["refused connection", "not there"])
def test_without_data_the_three_things_that_help_are_named(
    small: Small, mirror: Mirror, cache: Path, monkeypatch: pytest.MonkeyPatch, why: str
) -> None:
    if why == "not there":
        mirror.answers.clear()
    else:
        monkeypatch.setenv("EDGECHAOS_MIRROR", "http://127.0.0.1:9")

    message = small.refused()

    for help in ("--data-dir", "EDGECHAOS_DATA", "internet", str(cache), "--dataset synthetic"):
        assert help in message
    assert ("404" in message) == (why == "not there")


def test_a_mirror_that_is_no_address_is_a_sentence(
    small: Small, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EDGECHAOS_MIRROR", "mirror.example")

    assert "mirror.example" in small.refused()


def test_a_cache_that_cannot_be_written_is_a_sentence(
    small: Small, mirror: Mirror, tmp_path: Path
) -> None:
    # A file in the folder's place: permissions would not stop a test that runs as root.
    (tmp_path / "cache").write_text("")

    message = small.refused()

    assert str(tmp_path / "cache") in message
    assert "--data-dir" in message


def test_a_run_that_is_stopped_while_it_downloads_leaves_no_partial_file(
    small: Small, mirror: Mirror, cache: Path
) -> None:
    def stop(stage: str, done: int, total: int) -> None:
        if done > 0:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        load(Hyperparameters(), stop)

    assert files(cache) == {}


def test_two_engines_that_download_at_once_both_end_with_good_files(
    small: Small, mirror: Mirror, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(downloads, "_CHUNK_BYTES", 64)  # so that they take turns often
    meet = threading.Barrier(2)
    outcomes: list[str | Exception] = []

    def engine() -> None:
        def report(stage: str, done: int, total: int) -> None:
            if stage == "downloading" and done == 0:
                meet.wait(20)

        try:
            outcomes.append(load(Hyperparameters(), report).checksum)
        except Exception as error:  # noqa: BLE001 (the assertion shows it)
            outcomes.append(error)

    engines = [threading.Thread(target=engine) for _ in range(2)]
    for thread in engines:
        thread.start()
    for thread in engines:
        thread.join(60)

    assert outcomes[0] == outcomes[1]
    assert mirror.asked.count(NAMES[0]) == 2
    assert files(cache) == small.archives


def test_a_password_of_the_mirror_is_used_and_never_shown(
    small: Small, mirror: Mirror, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = mirror.url.replace("http://", "http://anna:s%40cret@")
    monkeypatch.setenv(downloads.MIRROR_VARIABLE, url)
    mirror.answers.clear()
    message = small.refused()
    assert "cret" not in message
    assert "anna" not in message
    header = downloads._request(f"{url}/x").unredirected_hdrs["Authorization"]
    assert header == "Basic YW5uYTpzQGNyZXQ="


def test_a_mirror_that_never_ends_is_left_and_old_parts_are_removed(
    small: Small, mirror: Mirror, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache.mkdir(parents=True)
    old, new = cache / ".x.gz.a.part", cache / ".x.gz.b.part"
    for part in (old, new):
        part.write_bytes(b"x")
    os.utime(old, (0, 0))
    title, name, _ = published._SETS["fashion-mnist"]
    monkeypatch.setitem(published._SETS, "fashion-mnist", (title, name, 100))
    mirror.answers[NAMES[0]] = bytes(10_000)
    assert "more than the 100 bytes" in small.refused()
    assert sorted(path.name for path in cache.iterdir()) == [new.name]


def test_a_mirror_may_be_a_folder(
    small: Small, tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = small.put(tmp_path / "mirror")
    monkeypatch.setenv(downloads.MIRROR_VARIABLE, folder.as_uri())
    assert len(small.load().train_labels) == len(small.train_labels)
