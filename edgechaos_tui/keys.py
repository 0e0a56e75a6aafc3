"""The one table of keys: bindings, footer, help and command palette are all made from it."""

from dataclasses import dataclass

from textual.binding import Binding, BindingType


@dataclass(frozen=True)
class Key:
    """keys: Textual's names, comma-separated; shown: as a person sees them; label: the footer's
    word ("" keeps it out of the footer); help: a sentence for the help screen and the palette."""

    keys: str
    shown: str
    action: str
    label: str
    help: str


EVERYWHERE = (
    Key("question_mark,f1", "?", "app.help", "help", "Show the keys of this screen"),
    Key("ctrl+p", "^p", "app.command_palette", "", "Find any action by its name"),
)

LIBRARY = (
    Key("enter", "enter", "open", "open", "Open the session: live if it runs"),
    Key("n", "n", "new", "new run", "Make a new run"),
    Key("slash", "/", "filter", "filter", "Filter: words, lr>=0.01, best<0.34, phase:chaotic …"),
    Key("s", "s", "sort", "sort", "Sort by another column; the same once more turns it round"),
    Key("space", "space", "mark", "mark", "Mark the session, for comparing; again to unmark"),
    Key("c", "c", "compare", "compare", "Compare the marked sessions, two to eight"),
    Key("x", "x", "delete", "delete", "Delete the session (asks first): it goes to the trash"),
    Key("u", "u", "undo", "", "Bring the session deleted last back"),
    Key("R", "R", "rename", "", "Rename the session"),
    Key("t", "t", "tags", "", "Tags: words to find it by, as tag:fig4"),
    Key("N", "N", "note", "", "A note on the session"),
    Key("P", "P", "pin", "", "Pin the session to the top, or unpin it"),
    Key("d", "d", "again", "", "Again: a new run with this one's hyperparameters to begin from"),
    Key("f", "f", "fork", "", "Fork: a new run that goes on from this one's last checkpoint"),
    Key("p", "p", "pause", "", "Pause the run, or let it go on"),
    Key("r", "r", "resume", "", "Take up a stopped or interrupted run at its last epoch"),
    Key("j,down", "↓ j", "down", "", "Next session"),
    Key("k,up", "↑ k", "up", "", "Previous session"),
    Key("pagedown", "pgdn", "page(1)", "", "A page down"),
    Key("pageup", "pgup", "page(-1)", "", "A page up"),
    Key("home", "home", "edge(0)", "", "First session"),
    Key("end", "end", "edge(-1)", "", "Last session"),
    Key("q,escape", "q", "leave", "quit", "Quit, runs go on training; esc clears a filter first"),
)

WELCOME = (
    Key("f", "f", "fashion", "Fashion-MNIST", "Start a run on Fashion-MNIST"),
    Key("y", "y", "synthetic", "synthetic", "Start a run on the built-in synthetic set"),
)

NEW_RUN = (
    Key("ctrl+s,f2", "^s", "start", "start", "Start the run with these hyperparameters"),
    Key("escape", "esc", "back", "back", "Back without starting"),
)

RUN = (
    Key("space", "space", "pause", "pause", "Pause the run, or let it go on"),
    Key("s", "s", "stop", "stop", "Stop the run (asks first); it can be resumed"),
    Key("r", "r", "resume", "", "Take up a stopped or interrupted run at its last epoch"),
    Key("e", "e", "edit", "edit", "Edit the hyperparameters; enter asks the engine for the change"),
    Key("plus,equals_sign", "+", "extend", "extend", "Train for more epochs than planned"),
    Key("l", "l", "log", "log", "Loss on a logarithmic or a linear axis"),
    Key("1", "1–5", "chart(0)", "chart", "Maximise the loss chart; again to go back"),
    Key("2", "2", "chart(1)", "", "Maximise the accuracy chart; again to go back"),
    Key("3", "3", "chart(2)", "", "Maximise the J² chart; again to go back"),
    Key("4", "4", "chart(3)", "", "Maximise the phase plane; again to go back"),
    Key("5", "5", "chart(4)", "", "Maximise the indicators of chaos; again to go back"),
    Key("i", "i", "indicator", "", "Next indicator: λ_max, Jacobian norm, distance"),
    Key("a", "a", "advice", "advice", "Put the guideline's advice into the panel; enter accepts"),
    Key("z", "z", "zoom", "", "Zoom the phase plane to the path; again to go back"),
    Key("v", "v", "events", "", "Show the events, or hide them (on a small screen)"),
    Key("q,escape", "q", "leave", "leave", "Back to the library; the run goes on"),
)

DIALOG = (Key("escape", "esc", "cancel", "cancel", "Change nothing"),)
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
