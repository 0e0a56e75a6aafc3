"""Data sets: from folders that may be wrong, from mirrors that may fail, and the real one."""

import gzip
import hashlib
import os
import struct
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
import torch

from engine.record.hyperparameters import Hyperparameters
from engine.training import downloads, published
from engine.training.datasets import DataError, Dataset, load

NAMES = (
    "train-images-idx3-ubyte.gz",
    "train-labels-idx1-ubyte.gz",
    "t10k-images-idx3-ubyte.gz",
    "t10k-labels-idx1-ubyte.gz",
)
TRAIN, TEST = 30, 12


def images_file(images: np.ndarray) -> bytes:
    return gzip.compress(struct.pack(">4i", 2051, len(images), 28, 28) + images.tobytes(), mtime=0)


def labels_file(labels: np.ndarray) -> bytes:
    return gzip.compress(struct.pack(">2i", 2049, len(labels)) + labels.tobytes(), mtime=0)


class Published:
    """A small set in Fashion-MNIST's place: its arrays, its archives, and reports of loading."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        generator = np.random.default_rng(1)
        self.monkeypatch = monkeypatch
        self.train_images = generator.integers(0, 256, (TRAIN, 784), np.uint8)
        self.test_images = generator.integers(0, 256, (TEST, 784), np.uint8)
        self.train_labels = generator.integers(0, 10, TRAIN, np.uint8)
        self.test_labels = generator.integers(0, 10, TEST, np.uint8)
        self.publish(
            images_file(self.train_images),
            labels_file(self.train_labels),
            images_file(self.test_images),
            labels_file(self.test_labels),
        )
        self.reports: list[tuple[str, int, int]] = []

    def publish(self, *archives: bytes) -> None:
        self.archives = dict(zip(NAMES, archives, strict=True))
        sums = [(name, hashlib.md5(data).hexdigest()) for name, data in self.archives.items()]
        fashion = published._torchvision_datasets().FashionMNIST
        self.monkeypatch.setattr(fashion, "resources", sums)

    def put(self, folder: Path) -> Path:
        folder.mkdir(parents=True)
        for name, archive in self.archives.items():
            (folder / name).write_bytes(archive)
        return folder

    def load(self, **chosen: str | int) -> Dataset:
        self.reports.clear()
        return load(Hyperparameters(**chosen), lambda *report: self.reports.append(report))


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache folder of the test's own; no folder is named by the environment."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("EDGECHAOS_DATA", raising=False)
    # A port that nobody listens on: no test reaches out of this machine.
    monkeypatch.setenv("EDGECHAOS_MIRROR", "http://127.0.0.1:9/")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    return tmp_path / "cache" / "edgechaos-tui" / "datasets" / "FashionMNIST" / "raw"


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> Published:
    return Published(monkeypatch)


def snapshot(folder: Path) -> list[tuple[str, int, int]]:
    found = [(str(path), path.lstat()) for path in sorted(folder.rglob("*"))]
    return [(name, status.st_size, status.st_mtime_ns) for name, status in found]


# ---------------------------------------------------------------- reading a folder


@pytest.mark.parametrize("below", ["FashionMNIST/raw", "raw", "."])
def test_a_named_folder_is_read_and_left_as_it_was(
    small: Published, tmp_path: Path, cache: Path, below: str
) -> None:
    root = tmp_path / "data"
    small.put(root / below)
    before = snapshot(root)

    data = small.load(data_dir=str(root))

    assert snapshot(root) == before
    assert not cache.exists()
    assert data.name == "fashion-mnist"
    assert data.train_images.dtype == data.test_images.dtype == torch.float32
    assert data.train_labels.dtype == data.test_labels.dtype == torch.int64
    assert data.train_images.is_contiguous()
    expected = small.train_images.astype(np.float32) / np.float32(255)
    assert np.array_equal(data.train_images.numpy(), expected)
    assert np.array_equal(data.test_images.numpy() * 255, small.test_images)
    assert data.train_labels.tolist() == small.train_labels.tolist()
    assert data.test_labels.tolist() == small.test_labels.tolist()
    assert {stage for stage, _, _ in small.reports} == {"loading"}
    assert small.reports[-1][1] == sum(map(len, small.archives.values()))
    assert all(0 <= done <= total for _, done, total in small.reports)


def test_the_folder_in_the_environment_is_used_when_none_is_given(
    small: Published, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small.put(tmp_path / "here" / "raw")
    monkeypatch.setenv("EDGECHAOS_DATA", str(tmp_path / "here"))
    assert len(small.load().train_labels) == TRAIN

    monkeypatch.setenv("EDGECHAOS_DATA", str(tmp_path / "nowhere"))
    assert len(small.load(data_dir=str(tmp_path / "here")).train_labels) == TRAIN
    with pytest.raises(DataError, match=r"nowhere \(\$EDGECHAOS_DATA\)"):
        small.load()


def refused(small: Published, **chosen: str | int) -> str:
    """The sentence with which a load is refused: one line that ends in a full stop."""
    with pytest.raises(DataError) as caught:
        small.load(**chosen)
    message = str(caught.value)
    assert "\n" not in message
    assert message.endswith(".")
    return message


def test_a_folder_that_is_not_there_is_named(small: Published, tmp_path: Path) -> None:
    message = refused(small, data_dir=str(tmp_path / "missing"))

    assert str(tmp_path / "missing") in message
    assert "FashionMNIST/raw" in message


def test_a_folder_without_the_set_says_what_it_should_hold(
    small: Published, tmp_path: Path, cache: Path
) -> None:
    message = refused(small, data_dir=str(tmp_path))

    assert str(tmp_path) in message
    assert f"FashionMNIST/raw/{NAMES[0]}" in message
    assert not cache.exists()


@pytest.mark.parametrize("name", NAMES)
def test_a_missing_file_is_named(small: Published, tmp_path: Path, name: str) -> None:
    folder = small.put(tmp_path / "data" / "raw")
    (folder / name).unlink()

    assert str(folder / name) in refused(small, data_dir=str(tmp_path / "data"))


@pytest.mark.parametrize("name", NAMES)
def test_a_truncated_archive_is_named_and_nothing_is_left_behind(
    small: Published, tmp_path: Path, cache: Path, name: str
) -> None:
    folder = small.put(tmp_path / "data" / "raw")
    (folder / name).write_bytes(small.archives[name][:-10])
    before = snapshot(folder)

    message = refused(small, data_dir=str(tmp_path / "data"))

    assert str(folder / name) in message
    assert hashlib.md5(small.archives[name]).hexdigest() in message
    assert snapshot(folder) == before
    assert not cache.exists()


def test_the_files_of_another_set_are_refused(small: Published, tmp_path: Path) -> None:
    folder = small.put(tmp_path / "data" / "raw")

    message = refused(small, dataset="mnist", data_dir=str(tmp_path / "data"))

    assert str(folder / NAMES[0]) in message
    assert "MNIST" in message


def test_a_folder_in_the_place_of_an_archive_is_named(small: Published, tmp_path: Path) -> None:
    folder = small.put(tmp_path / "data" / "raw")
    (folder / NAMES[1]).unlink()
    (folder / NAMES[1]).mkdir()

    assert str(folder / NAMES[1]) in refused(small, data_dir=str(tmp_path / "data"))


# ---------------------------------------------------------------- subsets and checksum


def test_a_subset_is_drawn_by_the_seed_and_keeps_images_with_their_labels(
    small: Published, tmp_path: Path
) -> None:
    root = str(small.put(tmp_path / "data"))
    first, again, other = (
        small.load(data_dir=root, train_size=9, test_size=5, seed=seed) for seed in (1, 1, 2)
    )

    assert first.train_images.shape == (9, 784)
    assert first.test_images.shape == (5, 784)
    assert first.checksum == again.checksum != other.checksum
    assert torch.equal(first.train_images, again.train_images)
    originals = [image.tobytes() for image in small.train_images]
    places = [
        originals.index((image.numpy() * 255).round().astype(np.uint8).tobytes())
        for image in first.train_images
    ]
    assert places == sorted(set(places))
    assert first.train_labels.tolist() == small.train_labels[places].tolist()


def test_the_checksum_is_of_the_content_that_is_used(small: Published, tmp_path: Path) -> None:
    root = str(small.put(tmp_path / "data"))
    whole = small.load(data_dir=root, seed=1)

    assert whole.checksum == small.load(data_dir=root, train_size=TRAIN, seed=2).checksum
    assert len({whole.checksum, small.load(data_dir=root, test_size=TEST - 1).checksum}) == 2
    assert len(whole.checksum) == 64


@pytest.mark.parametrize(("option", "available"), [("train_size", TRAIN), ("test_size", TEST)])
def test_more_images_than_there_are_is_refused(
    small: Published, tmp_path: Path, option: str, available: int
) -> None:
    root = str(small.put(tmp_path / "data"))

    message = refused(small, data_dir=root, **{option: available + 1})

    assert f"--{option.replace('_', '-')} {available + 1}" in message
    assert str(available) in message


# ---------------------------------------------------------------- downloads


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
def mirror(small: Published, monkeypatch: pytest.MonkeyPatch) -> Iterator[Mirror]:
    mirror = Mirror(dict(small.archives))
    monkeypatch.setenv("EDGECHAOS_MIRROR", mirror.url)
    yield mirror
    mirror.close()


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_first_use_downloads_with_progress_and_a_second_one_does_not(
    small: Published, mirror: Mirror, cache: Path
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
    small: Published, mirror: Mirror, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("EDGECHAOS_MIRROR")
    fashion = published._torchvision_datasets().FashionMNIST
    monkeypatch.setattr(fashion, "mirrors", ["http://127.0.0.1:9/", mirror.url + "/"])

    assert len(small.load().train_labels) == TRAIN


def test_only_what_is_missing_or_damaged_is_fetched(
    small: Published, mirror: Mirror, cache: Path
) -> None:
    small.put(cache)
    (cache / NAMES[0]).write_bytes(b"damaged")
    (cache / NAMES[3]).unlink()

    small.load()

    assert mirror.asked == [NAMES[0], NAMES[3]]
    assert files(cache) == small.archives


def test_a_wrong_checksum_is_refused_and_no_partial_file_stays(
    small: Published, mirror: Mirror, cache: Path
) -> None:
    mirror.answers[NAMES[2]] = b"<html>Please log in</html>"

    message = refused(small)

    assert NAMES[2] in message
    assert "MD5" in message
    assert files(cache) == {name: small.archives[name] for name in NAMES[:2]}


def test_a_connection_that_breaks_leaves_no_partial_file(
    small: Published, mirror: Mirror, cache: Path
) -> None:
    mirror.promised = 1000

    message = refused(small)

    assert "connection broke" in message
    assert files(cache) == {}


@pytest.mark.parametrize("why", ["refused connection", "not there"])
def test_without_data_the_three_things_that_help_are_named(
    small: Published, mirror: Mirror, cache: Path, monkeypatch: pytest.MonkeyPatch, why: str
) -> None:
    if why == "not there":
        mirror.answers.clear()
    else:
        monkeypatch.setenv("EDGECHAOS_MIRROR", "http://127.0.0.1:9")

    message = refused(small)

    for help in ("--data-dir", "EDGECHAOS_DATA", "internet", str(cache), "--dataset synthetic"):
        assert help in message
    assert ("404" in message) == (why == "not there")


def test_a_mirror_that_is_no_address_is_a_sentence(
    small: Published, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EDGECHAOS_MIRROR", "mirror.example")

    assert "mirror.example" in refused(small)


def test_a_cache_that_cannot_be_written_is_a_sentence(
    small: Published, mirror: Mirror, tmp_path: Path
) -> None:
    # A file in the folder's place: permissions would not stop a test that runs as root.
    (tmp_path / "cache").write_text("")

    message = refused(small)

    assert str(tmp_path / "cache") in message
    assert "--data-dir" in message


def test_a_run_that_is_stopped_while_it_downloads_leaves_no_partial_file(
    small: Published, mirror: Mirror, cache: Path
) -> None:
    def stop(stage: str, done: int, total: int) -> None:
        if done > 0:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        load(Hyperparameters(), stop)

    assert files(cache) == {}


def test_two_engines_that_download_at_once_both_end_with_good_files(
    small: Published, mirror: Mirror, cache: Path, monkeypatch: pytest.MonkeyPatch
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


# ---------------------------------------------------------------- the real one


def test_torchvision_can_be_imported_and_knows_all_sets() -> None:
    for name in ("fashion-mnist", "mnist", "kmnist"):
        described = published.describe(name)
        assert tuple(described.files) == NAMES
        assert all(mirror.endswith("/") for mirror in described.mirrors)


def real_data() -> Path:
    given = os.environ.get("EDGECHAOS_DATA")
    return Path(given) if given else Path(__file__).parents[4] / "shared" / "datasets"


REAL = real_data()


def test_the_real_fashion_mnist_is_what_was_published() -> None:
    if not REAL.is_dir():
        reason = f"no Fashion-MNIST at {REAL}; EDGECHAOS_DATA may name a folder that has it"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    before = snapshot(REAL)

    data = load(Hyperparameters(data_dir=str(REAL)), lambda *_: None)

    assert snapshot(REAL) == before
    assert data.train_images.shape == (60_000, 784)
    assert data.test_images.shape == (10_000, 784)
    assert data.train_labels.bincount().tolist() == [6_000] * 10
    assert data.test_labels.bincount().tolist() == [1_000] * 10
    assert data.train_images.min() == 0
    assert data.train_images.max() == 1
    # The published mean of Fashion-MNIST.
    assert float(data.train_images.double().mean()) == pytest.approx(0.2860, abs=5e-5)
    assert data.checksum == "a485933e0d1ec3d6089c02b9c36f6076a03703fdfa943ef3fe6950839b598fe6"
