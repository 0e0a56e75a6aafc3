"""The table of keys, from which bindings, footer, help and command palette are made."""

from typing import NamedTuple

from textual.binding import Binding, BindingType


class Key(NamedTuple):
    """keys: Textual's names, comma-separated; shown: as a person sees them; label: the word in the
    footer ("": not in the footer); help: a sentence for the help screen and the palette."""

    keys: str
    shown: str
    action: str
    label: str
    help: str


Tables = tuple[tuple[Key, ...], ...]
Help = tuple[str, Tables]
"""The name of a screen and its tables of keys; the screen has it as KEY_HELP."""

EVERYWHERE = (
    Key("question_mark,f1", "?", "app.help", "help", "Show the keys of this screen"),
    Key("ctrl+p", "^p", "app.command_palette", "", "Find any action by name"),
    Key("ctrl+l", "^l", "app.redraw", "", "Redraw the screen after something else wrote on it"),
)

LIBRARY = (
    Key("enter", "enter", "open", "open", "Open the session: live if it runs"),
    Key("n", "n", "new", "new", "Make a new run"),
    Key("slash", "/", "filter", "filter", "Filter: words, lr>=0.01, best<0.34, phase:chaotic …"),
    Key("s", "s", "sort", "sort", "Sort by a column; the same one again reverses the order"),
    Key("g", "g", "group", "group", "Group by a hyperparameter, or do not group"),
    Key("C", "C", "columns", "columns", "Choose the columns; the choice is saved"),
    Key("space", "space", "mark", "mark", "Mark the session for a comparison; again to unmark"),
    Key("c", "c", "compare", "compare", "Compare the marked sessions, two to eight"),
    Key("E", "E", "export", "export", "Export the marked sessions, or the one under the cursor"),
    Key("x", "x", "delete", "delete", "Delete the session (asks first): it goes to the trash"),
    Key("u", "u", "undo", "", "Restore the session deleted last"),
    Key("T", "T", "trash", "", "Open the trash: restore what was deleted, or empty it"),
    Key("R", "R", "rename", "", "Rename the session"),
    Key("t", "t", "tags", "tags", "Edit the tags: words to find the session by, as tag:fig4"),
    Key("N", "N", "note", "", "Edit the note on the session"),
    Key("P", "P", "pin", "", "Pin the session to the top, or unpin it"),
    Key("d", "d", "again", "again", "Again: a new run with this one's hyperparameters"),
    Key("f", "f", "fork", "fork", "Fork: start a new run from an epoch of this one"),
    Key("p", "p", "pause", "", "Pause or resume the run"),
    Key("r", "r", "resume", "", "Resume a stopped or interrupted run at its last epoch"),
    Key("w", "w", "sweeps", "sweeps", "List the sweeps: many runs with varied hyperparameters"),
    Key("W", "W", "new_sweep", "", "Make a new sweep"),
    Key("j,down", "↓ j", "down", "", "Next session"),
    Key("k,up", "↑ k", "up", "", "Previous session"),
    Key("pagedown", "pgdn", "page(1)", "", "A page down"),
    Key("pageup", "pgup", "page(-1)", "", "A page up"),
    Key("home", "home", "edge(0)", "", "First session"),
    Key("end", "end", "edge(-1)", "", "Last session"),
    Key("q", "q", "leave", "quit", "Clear the filter, or quit; runs continue"),
    Key("escape", "esc", "escape", "", "Clear the filter, or ask whether to quit"),
)

LIBRARY_UNSHOWN = {
    100: ("sweeps",),
    160: ("group", "columns", "export", "tags", "again", "fork"),
}
"""The actions that the library's footer leaves out in fewer columns than these."""

WELCOME = (
    Key("f", "f", "fashion", "Fashion-MNIST", "In an empty library: start a run on Fashion-MNIST"),
    Key("y", "y", "synthetic", "synthetic", "In an empty library: start one on synthetic data"),
    Key("o", "o", "recorded", "recorded runs", "In an empty library: list the recorded runs"),
)

_HELP_IN_FORM = Key("f1", "f1", "app.help", "help", "Show this help while typing in a field")
NEW_RUN = (
    Key("ctrl+s,f2", "^s", "start", "start", "Start the run with these hyperparameters"),
    _HELP_IN_FORM,
    Key("escape", "esc", "back", "back", "Back without starting"),
)

NEW_SWEEP = (
    Key("ctrl+s,f2", "^s", "start", "start", "Start the sweep"),
    Key(
        "ctrl+t,f3",
        "^t",
        "measure",
        "measure time",
        "Train part of an epoch to measure how long one takes",
    ),
    _HELP_IN_FORM,
    Key("escape", "esc", "back", "back", "Back without starting"),
)

SWEEPS = (
    Key("enter", "enter", "open", "open", "Open the sweep: its runs and their map"),
    Key("n", "n", "new", "new", "Make a new sweep"),
    Key("p", "p", "pause", "pause", "Pause or resume all runs of the sweep"),
    Key("r", "r", "resume", "resume", "Resume a stopped or interrupted sweep where it was"),
    Key("s", "s", "stop", "stop", "Stop the sweep (asks first); it can be resumed"),
    Key("x", "x", "delete", "delete", "Delete the sweep's record (asks first), not its sessions"),
    Key("u", "u", "undo", "undo", "Restore the record deleted last"),
    Key("j,down", "↓ j", "move(1)", "", "Next sweep"),
    Key("k,up", "↑ k", "move(-1)", "", "Previous sweep"),
    Key("q,escape", "q", "leave", "back", "Back to the library; sweeps continue"),
)

SWEEP = (
    Key("enter", "enter", "open", "open", "Open the run; of several in a cell it asks which"),
    Key("space", "space", "mark", "mark", "Mark the run, or the runs of the cell; again to unmark"),
    Key("c", "c", "compare", "compare", "Compare the marked runs, two to eight"),
    Key("tab", "tab", "other", "view", "Switch between the table and the map"),
    Key("1", "1", "pane(0)", "", "Show the table of the runs"),
    Key("2", "2", "pane(1)", "", "Show the map of the results"),
    Key("i", "i", "result(1)", "result", "Next result: loss, accuracy, J², phase, edge"),
    Key("I", "I", "result(-1)", "", "Previous result"),
    Key("x", "x y", "across", "axes", "Next hyperparameter on the map's horizontal axis"),
    Key("y", "y", "down", "", "Next hyperparameter on the map's vertical axis"),
    Key("p", "p", "pause", "pause", "Pause or resume the run"),
    Key("s", "s", "stop", "stop", "Stop the run (asks first); it can be resumed"),
    Key("r", "r", "resume", "", "Resume the run at its last epoch"),
    Key("P", "P", "pause_all", "pause all", "Pause or resume all runs of the sweep"),
    Key("S", "S", "stop_all", "stop all", "Stop the whole sweep (asks first); it can be resumed"),
    Key("R", "R", "resume_all", "", "Resume the whole sweep; failed and deleted runs too"),
    Key("j,down", "↓ j", "move(0,1)", "", "Next run, or the cell below"),
    Key("k,up", "↑ k", "move(0,-1)", "", "Previous run, or the cell above"),
    Key("h,left", "← h", "move(-1,0)", "", "In the map: the cell to the left"),
    Key("l,right", "→ l", "move(1,0)", "", "In the map: the cell to the right"),
    Key("pagedown", "pgdn", "page(1)", "", "A page of runs down"),
    Key("pageup", "pgup", "page(-1)", "", "A page of runs up"),
    Key("home", "home", "edge(0)", "", "First run"),
    Key("end", "end", "edge(-1)", "", "Last run"),
    Key("q,escape", "q", "leave", "back", "Back; the sweep continues"),
)

SWEEP_UNSHOWN = {
    "table": ("result(1)", "across", "pause_all", "stop_all"),
    "map": ("pause", "stop", "pause_all", "stop_all"),
    "both": (),
}
"""The actions that a sweep's footer leaves out while one pane is shown: 80 columns are too few."""

LIVE = (
    Key("space", "space", "pause", "pause", "Pause or resume the run"),
    Key("s", "s", "stop", "stop", "Stop the run (asks first); it can be resumed"),
    Key("r", "r", "resume", "", "Resume a stopped or interrupted run at its last epoch"),
    Key("e", "e", "edit", "edit", "Edit the hyperparameters; enter requests the change"),
    Key("plus,equals_sign", "+", "extend", "extend", "Train for more epochs than planned"),
    Key("a", "a", "advice", "", "Put the guideline's advice into the panel; enter accepts"),
)
"""Keys that act on the run itself, at the end of its record only."""

PLAYER = (
    Key("space", "space", "play", "play", "Play or pause; at the end, play from the start"),
    Key("left", "←→", "step(-1)", "epoch", "One epoch back; from the live view into the replay"),
    Key("right", "→", "step(1)", "", "One epoch forward; past the last one to the live view"),
    Key("shift+left", "⇧←", "step(-10)", "", "Ten epochs back"),
    Key("shift+right", "⇧→", "step(10)", "", "Ten epochs forward"),
    Key("home", "home", "first", "", "To the first epoch"),
    Key("end", "end", "last", "", "To the last epoch; of a run under way the live view"),
    Key("less_than_sign,comma", "<>", "slower", "speed", "Slower, down to 0.25×"),
    Key("greater_than_sign,full_stop", ">", "faster", "", "Faster, up to 64×"),
    Key(
        "f", "f", "unit", "unit", "Speed as a multiple of the recorded time, or in epochs a second"
    ),
)
"""Keys that move through a record: that of one run, or those of a comparison together."""

REPLAY = (
    *PLAYER,
    Key("left_square_bracket", "[", "jump_edit(-1)", "", "To the previous edit"),
    Key("right_square_bracket,e", "] e", "jump_edit(1)", "edit", "To the next edit"),
    Key("b", "b", "jump_best", "best", "To the best test loss"),
    Key("g", "g", "jump_edge", "edge", "To the epoch at which the run reached the edge of chaos"),
)

REFUSED = (
    Key("s,r,plus,equals_sign,a", "", "refuse", "", "Say why a key for the run does nothing"),
)
"""The keys of LIVE in a replay, where they answer with a sentence. Not for the help."""

UNSHOWN = {
    "live": ("slower", "unit", "jump_edit(1)", "jump_best", "jump_edge"),
    "ended": ("stop", "edit", "jump_edit(1)", "jump_best", "jump_edge"),
    "replay": (),
}
"""The actions that a run's footer leaves out by mode: 80 columns are too few for all."""

RECORDED_UNSHOWN = {
    "live": ("fork", "without", "twin"),
    "ended": ("extend", "fork", "without", "twin"),
    "replay": ("fork", "without", "twin"),
}
"""The actions that a recorded run's footer leaves out: only its own program can train it."""

RUN_UNSHOWN = {
    120: ("unit", "jump_edit(1)", "zoom", "export"),
    160: ("indicator", "events", "fork", "twin"),
    200: ("smooth", "plan", "zoom_in", "pane('machine')", "pane('console')"),
}
"""The actions that it leaves out besides in fewer columns than these."""

EDITED_UNSHOWN = {100: ("scale",), 210: ("pane('console')",)}
"""The actions left out for an edited run as well, to make room for the key `u`."""

CHARTS = (
    Key("l", "l", "scale", "scale", "Scale of a chart: most values, all values, logarithmic"),
    Key("w", "w", "smooth", "smooth", "Moving average over 5, 15 or 51 epochs, or none"),
    Key("p", "p", "plan", "plan", "Axis to the planned end, or to the end of the data"),
    Key("left_parenthesis", "( )", "zoom_in", "zoom", "Zoom into the epochs around the cursor"),
    Key("right_parenthesis", ")", "zoom_out", "", "Zoom out"),
    Key("0", "0", "whole", "", "Back to all epochs, without a cursor"),
)
"""Keys for the view of charts, of a run and of a comparison alike. The wheel, a drag, a click and
a double click on a chart do the same."""

RUN = (
    *CHARTS,
    Key("c", "c", "cursor", "", "Read all charts at one epoch with a cursor; ← → move it"),
    Key("1", "1–5", "chart(0)", "chart", "Maximise the loss chart; again to go back"),
    Key("2", "2", "chart(1)", "", "Maximise the accuracy chart; again to go back"),
    Key("3", "3", "chart(2)", "", "Maximise the J² chart; again to go back"),
    Key("4", "4", "chart(3)", "", "Maximise the phase plane; again to go back"),
    Key("5", "5", "chart(4)", "", "Maximise the indicators of chaos; again to go back"),
    Key("6", "6", "chart(5)", "", "With depth: maximise order and chaos by block; again: back"),
    Key("i", "i", "indicator", "indicator", "Next indicator: λ_max, Jacobian norm, λ_depth, …"),
    Key("d", "d", "depth", "", "With depth: map of blocks over epochs, or profile at one epoch"),
    Key("n", "n", "layer", "", "With depth: next layer for J² and the phase plane"),
    Key("z", "z", "zoom", "zoom", "Zoom the phase plane to the path; again to go back"),
    Key("F", "F", "fork", "fork", "Fork: start a new run from a snapshot of this one"),
    Key("u", "u", "without", "what if", "What did the edit do? Train without it, and compare"),
    Key("t", "t", "twin", "twin", "Twin: train on with disturbed weights, and compare"),
    Key("E", "E", "export", "export", "Export the session: table, log, figure or zip"),
    Key(
        "m", "m", "pane('machine')", "machine", "Show CPU, memory and GPU of the run, or the charts"
    ),
    Key(
        "o", "o", "pane('console')", "output", "Show the output of the run's program, or the charts"
    ),
    Key("pagedown", "pgdn", "scroll(1)", "", "In the output: a page down"),
    Key("pageup", "pgup", "scroll(-1)", "", "In the output: a page up"),
    Key("v", "v", "events", "events", "Show or hide the events on a small screen"),
    Key("q,escape", "q", "leave", "leave", "Back to the library; the run continues"),
)

COMPARE = (
    Key("b", "b", "jump_best", "best", "To the best test loss of the next run"),
    Key("g", "g", "jump_edge", "edge", "To the epoch at which the next run reached the edge"),
    Key("left_square_bracket", "[", "jump_edit(-1)", "", "To the previous edit of any run"),
    Key("right_square_bracket,e", "] e", "jump_edit(1)", "edit", "To the next edit of any run"),
    Key("o", "o", "overlay", "view", "All runs in one chart per metric, or each run in its own"),
    Key("x", "x", "axis", "axis", "Horizontal axis: epoch or step, rescaled time τ, seconds"),
    Key("1", "1–3", "chart(0)", "chart", "Maximise the loss; again to go back"),
    Key("2", "2", "chart(1)", "", "Maximise the accuracy; again to go back"),
    Key("3", "3", "chart(2)", "", "Maximise J²; again to go back"),
    Key("4", "4", "chart(3)", "", "Maximise ln ‖w − w′‖ of twins, or a recorded metric"),
    Key("5", "5", "chart(4)", "", "Maximise a recorded metric where there are twins too"),
    Key("i", "i", "metric", "", "Recorded runs: next metric that they logged"),
    *CHARTS,
    Key("m", "m", "means", "seeds", "Draw seeds of one setting as mean and standard deviation"),
    Key("t", "t", "table", "table", "Show or hide the table"),
    Key("E", "E", "export", "export", "Export the overlay as a figure, or the table"),
    Key("j,down", "↓ j", "scroll(1)", "", "Scroll the table down"),
    Key("k,up", "↑ k", "scroll(-1)", "", "Scroll the table up"),
    Key("r", "r", "reference", "ref", "Next reference: the others show their difference from it"),
    Key("a", "a", "every", "all", "All hyperparameters in the table, or only those that differ"),
    Key("q,escape", "q", "leave", "back", "Back; runs continue"),
)

COMPARE_UNSHOWN = {
    # The tabs, which are shown then, name these keys.
    100: ("chart(0)", "table"),
    120: ("reference",),
    200: ("smooth", "plan", "zoom_in"),
    160: ("unit", "jump_edit(1)", "means", "export", "every"),
}
"""The actions that the comparison's footer leaves out in fewer columns than these."""

DIALOG = (Key("escape", "esc", "cancel", "cancel", "Change nothing"),)
COLUMNS = (
    Key("enter", "enter", "keep", "keep", "Show these columns from now on"),
    Key("d", "d", "default", "default", "Show the default columns"),
    *DIALOG,
)
TRASH = (
    Key("enter", "enter", "restore", "restore", "Restore the item under the cursor"),
    Key("X", "X", "empty", "empty", "Empty the trash for good (asks first)"),
    *DIALOG,
)
CONFIRM = (*DIALOG, Key("y", "y", "agree", "yes", "Do it"))
HELP = (Key("escape,q,question_mark,f1,enter", "esc", "dismiss", "close", "Close the help"),)


def bindings(*tables: tuple[Key, ...]) -> list[BindingType]:
    """Textual's bindings for `tables`."""
    return [
        Binding(
            key.keys,
            key.action,
            key.label or key.help,
            show=bool(key.label),
            key_display=key.shown,
        )
        for table in tables
        for key in table
    ]
