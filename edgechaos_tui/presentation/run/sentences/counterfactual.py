"""Words about a run without one of its edits, and about the edits that it repeats."""

from collections.abc import Sequence

from edgechaos_tui.presentation.describe import changes_words, label_of
from edgechaos_tui.presentation.text import clean
from engine.storage.fork.counterfactual import Counterfactual
from engine.storage.session.info import PlannedEdit


def counterfactual_words(counterfactual: Counterfactual) -> str:
    """`without lr 0.02 → 0.04 from epoch 10 on, to epoch 40; it repeats λ 5e-5 at epoch 20`."""
    edit, origin = counterfactual.edit, counterfactual.origin
    sentence = (
        f"without {changes_words(edit.values, edit.previous)} from epoch {edit.epoch} on, "
        f"to epoch {origin.hyperparameters.epochs}"
    )
    if counterfactual.edits:
        sentence += f"; it repeats {repeated_words(counterfactual.edits)}"
    if counterfactual.left_out:
        names = ", ".join(map(label_of, counterfactual.left_out))
        sentence += f"; later edits of {names} are left out too"
    return clean(sentence)


def repeated_words(edits: Sequence[PlannedEdit]) -> str:
    """`l2 5e-5 at epoch 20, batch size 64 at epoch 30`."""
    return ", ".join(f"{changes_words(e.values, {})} at epoch {e.epoch}" for e in edits)
