"""`record` and `Run`: a user's own training loop, recorded as a session with five lines."""

import atexit
import contextlib
import os
import sys
import threading
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Sized
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from engine.recorder.processes import is_first_rank
from engine.recorder.session import open_session
from engine.recorder.tuning import TorchOptimizer, TunedOptimizer
from engine.recorder.values import plain_metrics
from engine.recorder.watching import Watched
from engine.recorder.writer import SessionWriter
from engine.runtime.signals import EndRequested
from engine.storage.errors import DiskFull, InvalidInput
from engine.storage.session.recorded import flat_config
from engine.storage.session.session import sessions_folder

if TYPE_CHECKING:
    from engine.recorder.console import ConsoleCapture

_Batch = TypeVar("_Batch")


def record(
    name: str,
    config: Mapping[str, Any] | None = None,
    *,
    sessions: str | os.PathLike[str] | None = None,
    resume: Literal["auto", "never"] = "never",
    capture: bool = False,
    raise_errors: bool = False,
) -> "Run":
    """Record this program's training as the session `name`; a name that is taken gets a number.

    config: the run's settings, nested or flat. sessions: the folder of the sessions, by default the
    app's. resume: "auto" continues the last unfinished session of that name and config. capture:
    keep what the program prints, so that the app can show it; the output still reaches the
    terminal. raise_errors: raise a fault of the recorder, instead of warning once and recording
    nothing more.

    In a distributed training, all ranks but the first get a run that does nothing.
    """
    if not is_first_rank():
        return Run(raise_errors=raise_errors)
    root = sessions_folder(os.fspath(sessions) if sessions is not None else None)
    return Run.opened(
        Path(root),
        name,
        config or {},
        resume=resume == "auto",
        capture=capture,
        raise_errors=raise_errors,
    )


class Run:
    """A training under way, made by `record`. Any thread can call any method.

    No method raises unless `raise_errors` is set, with one exception: inside a `with`, `log` ends a
    loop that uses neither `epochs` nor `batches` when a person stops the run.
    """

    def __init__(self, *, raise_errors: bool = False) -> None:
        self._writer: SessionWriter | None = None
        self._raises = raise_errors
        self._process = os.getpid()
        self._guard = threading.RLock()
        self._asked = ""
        self._steered = False
        self._in_with = False
        self._warned = False
        self._console: ConsoleCapture | None = None
        # The place of the loops: the epoch under way, from 0, and the part of it that is done.
        self._begin = 0
        self._epoch: int | None = None
        self._within = 0.0
        self._in_batches = False
        self.name = ""

    @classmethod
    def opened(
        cls,
        root: Path,
        name: str,
        config: Mapping[str, Any],
        *,
        resume: bool,
        capture: bool,
        raise_errors: bool,
    ) -> "Run":
        """A run with its session under `root`; the arguments are those of `record`."""
        run = cls(raise_errors=raise_errors)
        run._open(root, name, config, resume=resume, capture=capture)
        return run

    @property
    def asked(self) -> Literal["", "stop"]:
        """ "stop" once a person stopped the run, else ""; for loops without `epochs`, `batches`."""
        self._safely(self._poll)
        return "stop" if self._asked else ""

    def tune(self, optimizer: TorchOptimizer) -> None:
        """Let the app set lr, momentum and weight decay of `optimizer`.

        New values take effect at the next batch, or without `batches` at the next `log`.
        """
        self._safely(lambda writer: writer.tune(TunedOptimizer(optimizer)))

    def watch(
        self,
        model: Any,
        probe: Any,
        *,
        every: int | None = None,
        blocks: Sequence[Any] | None = None,
    ) -> None:
        """Measure order and chaos of `model` block by block, at `probe`: about 32 held-out inputs.

        every: epochs between two measurements, by default 1, or 1000 steps in a run without epochs.
        `log` measures, and this call once. blocks: names or modules in order of depth; by default
        they are discovered. The model is left unchanged, to the last bit.
        """
        self._safely(lambda writer: writer.watch(Watched(model, probe, every, blocks)))

    def epochs(self, count: int) -> Iterator[int]:
        """Yield the numbers of the epochs from 0 to `count` − 1, as `range(count)` does.

        There are more after an extension by the app and fewer after a stop. A resumed session
        begins with the first epoch that was not logged.
        """
        self._steered = True
        self._safely(lambda writer: writer.plan(count))
        epoch = self._begin
        while epoch < self._planned(count) and not self.asked:
            self._epoch, self._within = epoch, 0.0
            self._safely(partial(SessionWriter.begin_epoch, epoch=epoch + 1))
            yield epoch
            epoch = self._epoch + 1
        self._epoch = None

    def batches(self, loader: Iterable[_Batch]) -> Iterator[_Batch]:
        """Yield the batches of `loader`, with progress; pause and stop take effect between them."""
        self._steered = True
        total = _length(loader)
        number = (self._epoch or 0) + 1
        self._in_batches, self._within = True, 0.0
        self._safely(partial(SessionWriter.describe_loader, loader=loader))
        try:
            for done, batch in enumerate(loader, 1):
                if self.asked:
                    return
                self._within = min(done / total, 1.0) if total else 0.0
                yield batch
                self._safely(partial(SessionWriter.progress, epoch=number, done=done, total=total))
        finally:
            self._in_batches = False

    def progress(self, epoch: int, done: int, total: int) -> None:
        """Report `done` of `total` batches of `epoch`, from 1; `total` is 0 where it is not known.

        For loops that a framework runs. A pause takes effect here; `asked` tells of a stop.
        """
        self._steered = True
        self._safely(partial(SessionWriter.progress, epoch=epoch, done=done, total=total))
        self._safely(self._poll)

    def log(
        self,
        metrics: Mapping[str, Any] | None = None,
        /,
        *,
        step: int | None = None,
        epoch: float | None = None,
        **more: Any,
    ) -> None:
        """Log one line of metrics, by any names; a `/` in a name makes a group.

        step: steps done, where the loop counts them. epoch: epochs done, a fraction within an
        epoch; not needed in a loop over `epochs`. Tensors are read once.
        """
        all_metrics = {**(metrics or {}), **more}
        self._safely(
            lambda writer: writer.log(plain_metrics(all_metrics), step, self._position(epoch, step))
        )
        if self.asked and self._in_with and not self._steered:
            raise EndRequested(self._asked)

    def rewind(self, *, step: int | None = None, epoch: int | None = None) -> None:
        """Continue from an older checkpoint: lines logged after `step` or `epoch` are dropped."""
        place = step if step is not None else epoch if epoch is not None else 0
        self._safely(lambda writer: writer.rewind(place, f"the loop went back to {place}"))
        if epoch is not None:
            self._begin = epoch
            if self._epoch is not None:
                self._epoch = epoch - 1

    def close(self, error: BaseException | None = None) -> None:
        """End the recording: stopped on request or by Ctrl-C, failed with `error`, or finished."""
        self._release_console()
        with self._guard:
            if self._asked:
                self._safely(lambda writer: writer.stop(self._asked))
            elif isinstance(error, KeyboardInterrupt):
                self._safely(lambda writer: writer.stop("interrupted by Ctrl-C"))
            elif error is not None and not _is_clean_exit(error):
                self._safely(lambda writer: writer.fail(error))
            else:
                self._safely(lambda writer: writer.finish())
            self._writer = None
        atexit.unregister(self._at_exit)

    def _at_exit(self) -> None:
        """End a recording that was not closed, with the error that ended the program, if any.

        In a notebook the last error may be unrelated: there the session is left interrupted.
        """
        if not hasattr(sys, "ps1"):
            self.close(getattr(sys, "last_value", None))

    def __enter__(self) -> "Run":
        self._in_with = True
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> bool:
        self.close(error)
        return isinstance(error, EndRequested)

    def _open(
        self, root: Path, name: str, config: Mapping[str, Any], *, resume: bool, capture: bool
    ) -> None:
        try:
            place = open_session(root, name, flat_config(config), resume=resume)
            try:
                self._writer = SessionWriter(place)
            except BaseException:
                place.lock.release()
                raise
        except Exception as error:  # noqa: BLE001 - no fault of ours may reach the training
            self._give_up(error)
            return
        atexit.register(self._at_exit)
        self.name = place.session.name
        self._begin = self._writer.epoch
        if self.name != name:
            print(
                f"edgechaos-tui: there is a session {name} already; recording as {self.name}",
                file=sys.stderr,
            )
        if capture:
            self._capture()

    def _capture(self) -> None:
        """Keep what the program prints from now on."""
        # Imported only where capture is wanted.
        from engine.recorder.console import ConsoleCapture

        def begin(writer: SessionWriter) -> None:
            self._console = ConsoleCapture(writer.console, writer.now)

        self._safely(begin)

    def _release_console(self) -> None:
        console, self._console = self._console, None
        if console is not None:
            console.stop()

    def _position(self, epoch: float | None, step: int | None) -> float | None:
        """Epochs done at a call of `log`: as given, else as the loops count them."""
        if epoch is not None:
            return float(epoch)
        if self._epoch is not None:
            return self._epoch + (self._within if self._in_batches else 1.0)
        if step is None:
            raise InvalidInput(
                "log needs step= or epoch=, or a loop over run.epochs(…); the line is left out"
            )
        return None

    def _planned(self, count: int) -> int:
        writer = self._writer
        return count if writer is None else writer.planned_epochs

    def _poll(self, writer: SessionWriter) -> None:
        try:
            writer.poll()
        except EndRequested as request:
            self._asked = str(request)

    def _safely(self, act: Callable[[SessionWriter], object]) -> None:
        """Call `act` with the writer, unless there is none or this is a forked child."""
        if self._writer is None or os.getpid() != self._process:
            return
        with self._guard:
            writer = self._writer
            if writer is None:
                return
            try:
                act(writer)
            except DiskFull as error:
                self._warn(error, "lines wait until there is room")
            except InvalidInput as error:
                self._warn(error, "the training continues")
            except Exception as error:  # noqa: BLE001 - no fault of ours may reach the training
                self._give_up(error)

    def _give_up(self, error: Exception) -> None:
        writer, self._writer = self._writer, None
        self._release_console()
        if writer is not None:
            with contextlib.suppress(OSError):
                writer.release()
        self._warn(error, "nothing more is recorded, and the training continues")

    def _warn(self, error: Exception, consequence: str) -> None:
        if self._raises:
            raise error
        if not self._warned:
            self._warned = True
            words = str(error) or type(error).__name__
            warnings.warn(f"edgechaos-tui: {words}; {consequence}", RuntimeWarning, stacklevel=4)


def _length(loader: object) -> int:
    """The number of batches; 0 where it is not known. The loader's own `__len__` may raise."""
    try:
        return len(loader) if isinstance(loader, Sized) else 0
    except TypeError:
        return 0


def _is_clean_exit(error: BaseException) -> bool:
    return (isinstance(error, SystemExit) and error.code in (None, 0)) or isinstance(
        error, GeneratorExit
    )
