"""Questions about a run that are answered by training it again: without an edit, or disturbed."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final

from textual.screen import Screen

from edgechaos_tui.control import forks
from edgechaos_tui.presentation.run.sentences.counterfactual import counterfactual_words
from edgechaos_tui.presentation.run.state import Edit
from edgechaos_tui.presentation.text import clean
from edgechaos_tui.screens.base.background import run_in_thread
from edgechaos_tui.screens.base.shell import shell
from edgechaos_tui.screens.dialogs.ask import Confirm
from edgechaos_tui.screens.dialogs.choose import Choose
from edgechaos_tui.screens.forms.fork import origin_label
from engine.storage.fork.counterfactual import Counterfactual, counterfactual_of
from engine.storage.fork.fork_points import Origin, origins_of
from engine.storage.hyperparameters import Value
from engine.storage.session.info import UndoneEdit
from engine.storage.session.session import Session

_MORE_EPOCHS: Final = 20
"""Epochs that a twin trains beyond the end of a run which has no earlier boundary."""


class Instruments:
    """Starts forks of `session` that answer a question, and compares them with it."""

    def __init__(self, screen: Screen[Any], session: Session) -> None:
        self._screen = screen
        self._session = session

    def without_edit(self, edits: Sequence[Edit], shown: int | None) -> None:
        """Ask whether to train without the last of `edits` up to the epoch `shown` (None: of all),
        then start that run; compare at once where it was trained before."""
        undoable = [edit.epoch for edit in edits if edit.affects_results]
        reached = [epoch for epoch in undoable if shown is None or epoch <= shown]
        if not undoable:
            self._screen.notify("this run has no edit to undo: e edits a run while it trains")
        elif not reached:
            self._screen.notify(f"no edit at or before epoch {shown}; ] goes to the next one")
        else:
            self._in_thread(partial(self._find_without, reached[-1]), self._ask_without)

    def _find_without(self, epoch: int) -> Session | Counterfactual:
        """The run without the edit at `epoch`, or how to train it."""
        undoes = UndoneEdit(session=self._session.info().id, epoch=epoch)
        return forks.started_without(self._session, undoes) or counterfactual_of(
            self._session, epoch
        )

    def _ask_without(self, answer: Session | Counterfactual) -> None:
        if isinstance(answer, Session):
            self._compare_with(lambda: (answer, ""))
            return

        def decide(agreed: bool | None) -> None:
            if agreed:
                self._start(lambda: forks.start_without(answer))

        question = Confirm(
            f"What did the edit at epoch {answer.edit.epoch} do?",
            f"This trains {clean(self._session.name)} once more {counterfactual_words(answer)}. "
            "Then both are compared side by side, with the difference in numbers.",
            "Train",
        )
        self._screen.app.push_screen(question, decide)

    def twin(self, shown: int | None) -> None:
        """Start a twin of the run; ask first where it begins if there are several epochs.

        The one at or before the epoch `shown` is proposed; None proposes the last before the end.
        """
        self._in_thread(
            lambda: (origins_of(self._session), forks.twins_of(self._session)),
            lambda origins_and_twins: self._choose_twin(*origins_and_twins, shown=shown),
        )

    def _choose_twin(
        self, origins: Sequence[Origin], twins: Sequence[Session], *, shown: int | None
    ) -> None:
        if len(origins) == 1 and not twins:
            self._start_twin(origins[0])
            return
        origin_by_key = {f"e{origin.epoch}": origin for origin in origins}
        twin_by_key = {f"t{twin.name}": twin for twin in twins}

        def decide(key: str | None) -> None:
            if key in origin_by_key:
                self._start_twin(origin_by_key[key])
            elif key in twin_by_key:
                self._compare_with(lambda: (twin_by_key[key], ""))

        labels = [(key, f"{clean(twin.name)}, as it is") for key, twin in twin_by_key.items()]
        labels += [(key, origin_label(origin)) for key, origin in origin_by_key.items()]
        early = [origin for origin in origins if origin.epoch < origins[-1].epoch]
        reached = [o for o in origins if o.epoch <= shown] if shown is not None else early
        proposed = (reached or origins)[-1]
        question = "Twin: disturb after which epoch?"
        dialog = Choose(question, labels, next(iter(twin_by_key), f"e{proposed.epoch}"))
        self._screen.app.push_screen(dialog, decide)

    def _start_twin(self, origin: Origin) -> None:
        changes: dict[str, Value] = {}
        if origin.hyperparameters.epochs <= origin.epoch:
            changes["epochs"] = origin.epoch + _MORE_EPOCHS
        self._start(lambda: forks.start_twin(origin, changes=changes))

    def _start(self, start: Callable[[], tuple[Session, str]]) -> None:
        """Start a fork and compare it with the run."""
        self._screen.notify("starting the engine …", timeout=3)
        self._compare_with(start)

    def _compare_with(self, provide: Callable[[], tuple[Session, str]]) -> None:
        """Compare the run with the fork that `provide` returns together with a warning or ""."""

        def work() -> tuple[Session, str, list[Session]]:
            fork, warning = provide()
            return fork, warning, forks.twins_of(self._session)

        self._in_thread(work, lambda result: self._compare(*result))

    def _compare(self, fork: Session, warning: str, twins: Sequence[Session]) -> None:
        """Compare the run, its fork and, where the fork is no twin, a twin as the measure of
        chance."""
        yardstick = [] if fork in twins else twins[:1]
        shell(self._screen).open_comparison([self._session, fork, *yardstick])
        if warning:
            self._screen.notify(warning, severity="warning", timeout=12)

    def _in_thread(self, work: Callable[[], Any], then: Callable[[Any], object]) -> None:
        run_in_thread(self._screen, work, then, group="instruments")
