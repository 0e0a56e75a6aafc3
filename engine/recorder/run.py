"""`record`: a user's own training loop writes a session, in five lines that can be removed."""

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
from engine.recorder.tuning import Optimizer, TunedOptimizer
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

    config: what the run was started with, nested or flat, shown as given. sessions: the folder of
    the sessions, by default the app's. resume: "auto" goes on in the last session of that name and
    config that has not finished. capture: keep what the program prints, for the app to show; it
    still goes to the terminal. raise_errors: raise a fault of the recorder instead of warning
    once and doing nothing from then on.

    Other ranks than the first of a distributed training get a run that does nothing.
    """
    run = Run(raise_errors=raise_errors)
    if is_first_rank():
        root = sessions_folder(os.fspath(sessions) if sessions is not None else None)
        going_on = resume == "auto"
        run._open(Path(root), name, config or {}, resume=going_on, capture=capture)  # noqa: SLF001 - its maker
    return run


class Run:
    """A training under way. Made by `record`; all its methods can be called from any thread.

    Nothing here raises unless `raise_errors` was asked for, except in `log`, where a loop that
    uses neither `epochs` nor `batches` inside a `with` is ended when a person asks for it.
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
        # Where the loops are: the epoch under way, from 0, and the part of it that is done.
        self._begin = 0
        self._epoch: int | None = None
        self._within = 0.0
        self._in_batches = False
        self.name = ""

    @property
    def asked(self) -> Literal["", "stop"]:
        """ "stop" once a person asked for the end; for loops without `epochs` and `batches`."""
        self._safely(self._poll)
        return "stop" if self._asked else ""

    def tune(self, optimizer: Optimizer) -> None:
        """Let lr, momentum and weight decay of `optimizer` be set from the screen.

        They take effect at the next batch, or at the next `log` without `batches`.
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

        every: epochs between two measurements; 1 unless given, or 1000 steps in a run without
        epochs. They are taken in `log`, and once now. blocks: names or modules in order of depth;
        found by itself unless given. The model is left as it was, to the last bit.
        """
        self._safely(lambda writer: writer.watch(Watched(model, probe, every, blocks)))

    def epochs(self, count: int) -> Iterator[int]:
        """The numbers of the epochs from 0, as `range` gives them, until `count`.

        More after an extension from the screen, fewer after a stop. In a resumed session from the
        first epoch that was not logged.
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
        """The batches of `loader`, with a progress bar; pause and stop take effect between two."""
        self._steered = True
        total = _length(loader)
        number = (self._epoch or 0) + 1
        self._in_batches, self._within = True, 0.0
        self._safely(partial(SessionWriter.loads, loader=loader))
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
        """`done` of `total` batches of `epoch`, from 1, are done (0: nobody knows how many).

        For loops that a framework runs; here too a pause takes effect, and `asked` says the rest.
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
        """Log one line of metrics, by any names; `/` in a name groups it with others.

        step: where the loop counts steps. epoch: how many are done, a fraction where it is within
        one; known by itself where the loop goes through `epochs`. Tensors are read once.
        """
        given = {**(metrics or {}), **more}
        self._safely(
            lambda writer: writer.log(plain_metrics(given), step, self._position(epoch, step))
        )
        if self.asked and self._in_with and not self._steered:
            raise EndRequested(self._asked)

    def rewind(self, *, step: int | None = None, epoch: int | None = None) -> None:
        """Go on from an older checkpoint: what was logged after `step` or `epoch` is dropped."""
        place = step if step is not None else epoch if epoch is not None else 0
        self._safely(lambda writer: writer.rewind(place, f"the loop went back to {place}"))
        if epoch is not None:
            self._begin = epoch
            if self._epoch is not None:
                self._epoch = epoch - 1

    def close(self, error: BaseException | None = None) -> None:
        """End the recording: finished, or failed with `error`, or stopped when that was asked."""
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
        """End a recording that nobody closed, with the error that ended the program, if one did.

        In a notebook the last error may be any: there the session is left interrupted.
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
        # Loaded by those alone who ask for it.
        from engine.recorder.console import ConsoleCapture

        def begin(writer: SessionWriter) -> None:
            self._console = ConsoleCapture(writer.console, writer.now)

        self._safely(begin)

    def _release_console(self) -> None:
        console, self._console = self._console, None
        if console is not None:
            console.stop()

    def _position(self, epoch: float | None, step: int | None) -> float | None:
        """How many epochs are done at a call of `log`: as given, else as the loops count them."""
        if epoch is not None:
            return float(epoch)
        if self._epoch is not None:
            return self._epoch + (self._within if self._in_batches else 1.0)
        if step is None:
            raise InvalidInput(
                "log needs step= or epoch=, or a loop over run.epochs(…): the line is left out"
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
                self._warn(error, "the training goes on")
            except Exception as error:  # noqa: BLE001 - no fault of ours may reach the training
                self._give_up(error)

    def _give_up(self, error: Exception) -> None:
        writer, self._writer = self._writer, None
        self._release_console()
        if writer is not None:
            with contextlib.suppress(OSError):
                writer.release()
        self._warn(error, "nothing more is recorded, and the training goes on")

    def _warn(self, error: Exception, consequence: str) -> None:
        if self._raises:
            raise error
        if not self._warned:
            self._warned = True
            words = str(error) or type(error).__name__
            warnings.warn(f"edgechaos-tui: {words}; {consequence}", RuntimeWarning, stacklevel=4)


def _length(loader: object) -> int:
    """How many batches there are; 0 where that is not known. A loader's own length may raise."""
    try:
        return len(loader) if isinstance(loader, Sized) else 0
    except TypeError:
        return 0


def _is_clean_exit(error: BaseException) -> bool:
    return (isinstance(error, SystemExit) and error.code in (None, 0)) or isinstance(
        error, GeneratorExit
    )
