"""Runs in TensorBoard's event files: each folder with such files is one run."""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from engine.importer.columns import EPOCH, STEP, TIME, Columns
from engine.importer.event_message import Message, read_message
from engine.importer.hparams_yaml import read_hparams
from engine.importer.protobuf import Malformed
from engine.importer.source import ImportRefused, RunSource, RunsPlace, is_common, run_name
from engine.importer.tfrecord import RecordReader

_MARK: Final = "tfevents"
_PLAIN: Final = (STEP, TIME)
_HPARAMS_FOLDER: Final = re.compile(r"\d{9,}\.\d+")
"""The names, in seconds since 1970, of the folders in which PyTorch's `add_hparams` writes a run's
hyperparameters."""


class EventFiles(RunSource):
    """One run: one event file, or those of a folder in the order of their names, which begin with
    their times."""

    format = "TensorBoard event files"

    def __init__(self, path: Path, name: str, columns: Columns) -> None:
        super().__init__(name, str(path.absolute()), columns)
        self._path = path
        self._readers: dict[Path, RecordReader] = {}
        self._tags: dict[str, str] = {}
        self._folder = path if path.is_dir() else path.parent
        self._more_folders: list[Path] = []

    def add_folder(self, folder: Path) -> None:
        """Read the event files in `folder` as well."""
        self._more_folders.append(folder)

    def targets(self) -> dict[str, str]:
        return self._tags

    def read(self, *, whole: bool) -> None:
        for path in self._files():
            if path not in self._readers:
                self._readers[path] = RecordReader(path)
                self.config = read_hparams(self._folder) | self.config
                self.points.begin_part()
            self._read_file(path, self._readers[path], whole=whole)
        if self.points.left_out:
            self.remark("values with a step below 0 or beyond 2,147,483,648 are left out")

    def _files(self) -> list[Path]:
        if self._path.is_file():
            return [self._path]
        try:
            names = sorted(name for name in os.listdir(self._path) if _MARK in name)
        except FileNotFoundError:
            self.remark(f"{self._path.name} is gone; the values read before are kept")
            names = []
        paths = [self._path / name for name in names]
        for folder in self._more_folders:
            paths += [folder / name for name in sorted(os.listdir(folder)) if _MARK in name]
        # A file that is gone is read once more, which reports it.
        return paths + [path for path in self._readers if path not in paths]

    def _read_file(self, path: Path, reader: RecordReader, *, whole: bool) -> None:
        for record in reader.read():
            try:
                self._add_message(read_message(record))
            except Malformed as error:
                self.remark(f"{path.name}: a record is not an event ({error}) and is left out")
        if reader.file.remark:
            self.remarks.append(reader.file.remark)
            reader.file.remark = ""
        if reader.damaged:
            self.remark(
                f"{path.name}: records whose checksum is wrong are left out, {reader.damaged:,} "
                "so far"
            )
        if reader.broken:
            self.remark(
                f"{path.name}: the head of a record is damaged, so nothing after it can be read"
            )
        if whole and reader.torn:
            self.remark(f"{path.name}: its last record is not whole and is left out")

    def _add_message(self, message: Message) -> None:
        if message.restarts and message.step >= 0:
            self.points.drop_from(message.step)
        for tag, value in message.scalars:
            self._add_scalar(tag, message.step, value, message.wall)
        for tag, kind in message.not_scalars:
            self.unused.setdefault(tag, f"is not a scalar but {_article(kind)}")
        if message.config:
            self.config |= message.config

    def _add_scalar(self, tag: str, step: int, value: float, wall: float) -> None:
        target = self._tags.get(tag)
        if target is None:
            self.columns.learn([tag])
            target = self._tags[tag] = self._target(tag)
        if target == EPOCH:
            self.points.add_epoch(step, value)
        elif target:
            self.points.add(target, step, value, wall)

    def _target(self, tag: str) -> str:
        """The target of `tag`. Events have steps and times of their own: such tags are metrics."""
        target = self.columns.target(tag)
        if not target:
            self.unused[tag] = "has the name of another column"
        return tag if target in _PLAIN else target


def _article(kind: str) -> str:
    return f"{'an' if kind[:1] in 'aeiou' else 'a'} {kind}"


class EventFolders(RunsPlace):
    """The runs under a folder, each named after its path below it."""

    def __init__(self, folder: Path, chosen: Mapping[str, str]) -> None:
        self._folder = folder
        self._chosen = chosen
        self._runs: dict[Path, EventFiles] = {}
        self._parts: set[Path] = set()

    def runs(self) -> list[RunSource]:
        other_files: list[str] = []
        for place, folders, files in os.walk(self._folder):
            folders.sort()
            if any(_MARK in name for name in files):
                self._add(Path(place))
            else:
                other_files += [name for name in files if name.endswith((".csv", ".jsonl", ".db"))]
        if not self._runs:
            hint = f"; it has {other_files[0]}: give that file" if other_files else ""
            raise ImportRefused(
                f"{self._folder} holds neither a session nor TensorBoard's event files{hint}"
            )
        return list(self._runs.values())

    def _add(self, place: Path) -> None:
        if place in self._runs or place in self._parts:
            return
        if _HPARAMS_FOLDER.fullmatch(place.name) and place.parent in self._runs:
            self._parts.add(place)
            self._runs[place.parent].add_folder(place)
            return
        below = place.relative_to(self._folder).parts
        name = "-".join(below)
        if not below or is_common(below[0]):
            name = "-".join((run_name(self._folder), *below))
        self._runs[place] = EventFiles(place, name, Columns(self._chosen))
