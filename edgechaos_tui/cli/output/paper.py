"""The output of `edgechaos-tui paper`: scorecards as text for 80 columns, or as JSON."""

import math
import textwrap
from collections.abc import Sequence
from typing import Final, get_args

import msgspec

from edgechaos_tui.paper.recipes import Recipe
from edgechaos_tui.paper.scorecard import Scorecard, ScorecardLine, Verdict
from edgechaos_tui.presentation.json_text import json_text
from edgechaos_tui.presentation.text import clean, number, signed

_WIDTH: Final = 80
_HEAD: Final = ("", "paper", "law", "ours", "window", "")
_LEFT: Final = (0, 5)
_LEAST_ROOM: Final = 18
"""The least width in which a long last cell is wrapped below itself."""


def as_text(card: Scorecard) -> str:
    """The scorecard as an aligned table, with its counts, notes and sources below."""
    rows = [_HEAD, *(_cells(line) for line in card.lines)]
    used = [any(row[i] for row in rows[1:]) for i in range(len(_HEAD))]
    rows[0] = tuple(title if use else "" for title, use in zip(_HEAD, used, strict=True))
    widths = [max(len(row[i]) for row in rows) for i in range(len(_HEAD) - 1)]
    lines = [f"{card.title}  [{card.scale}]", ""]
    for row in rows if any(rows[0]) else rows[1:]:
        lines += _row(row, widths)
    lines.append("")
    for note in [_count(card), *card.notes, *_spreads(card), *_sources(card)]:
        lines += textwrap.wrap(clean(note), _WIDTH)
    return "\n".join(lines)


def as_page(cards: Sequence[Scorecard]) -> str:
    """The scorecards one after the other; several come after a summary of all."""
    texts = [as_text(card) for card in cards]
    return "\n\n".join([summary(cards), *texts] if len(cards) > 1 else texts)


def summary(cards: Sequence[Scorecard]) -> str:
    """A table of the number of lines with each verdict: one row per figure, and one for all."""
    verdicts = get_args(Verdict)
    rows = [(card.figure, *(card.count(verdict) for verdict in verdicts)) for card in cards]
    totals = ("all", *(sum(card.count(verdict) for card in cards) for verdict in verdicts))
    lines = [f"{'':<10}" + "".join(f"{verdict:>10}" for verdict in verdicts)]
    lines += [f"{name:<10}" + "".join(f"{n:>10}" for n in counts) for name, *counts in rows]
    name, *counts = totals
    return "\n".join([*lines, f"{name:<10}" + "".join(f"{n:>10}" for n in counts)])


def as_json(cards: Sequence[Scorecard]) -> str:
    """The scorecard, or the list of several, as JSON, with the number of lines per verdict."""
    records = [_record(card) for card in cards]
    record = records[0] if len(records) == 1 else {"figures": records}
    return json_text(record, indent=2)


def _record(card: Scorecard) -> dict[str, object]:
    record: dict[str, object] = msgspec.to_builtins(card) | {
        "pass": card.count("pass"), "fail": card.count("fail"), "open": card.count("open"),
        "measured": card.count("measured"),
    }  # fmt: skip
    return record


def print_hint(recipe: Recipe) -> None:
    """Print the command that opens the runs of the figure in the app."""
    command = f"edgechaos-tui paper {recipe.figure} --scale {recipe.scale} --open"
    print(f"\n`{command}` compares the runs in the app")


def _cells(line: ScorecardLine) -> tuple[str, ...]:
    if line.ours is None and not line.note:
        return (line.what, _published(line), _figure(line.law), "", "", f"open: {line.reason}")
    ours = line.note or _with_spread(line.ours, line.spread)
    result = f"{line.verdict}: {line.reason}" if line.reason else line.verdict
    if line.verdict in ("pass", "fail") and line.difference is not None:
        percent = 100 * line.difference
        places = 1 if abs(percent) < 10 else 0
        result = f"{line.verdict} {signed(round(percent, places) + 0.0, places)} %"
    elif line.verdict in ("pass", "fail"):
        result = f"{line.verdict}: {line.tolerance}"
    return (line.what, _published(line), _figure(line.law), ours, line.window, result)


def _with_spread(value: float | None, spread: float | None) -> str:
    """`value` to 3 digits, or to the place of the second digit of its spread: `0.8886±0.0020`."""
    if value is None or not spread or not math.isfinite(value) or not math.isfinite(spread):
        return _figure(value)
    places = 1 - math.floor(math.log10(spread))
    size = math.floor(math.log10(abs(value))) if value else -places
    return f"{number(value, max(1, size + places + 1))}±{number(spread, 2)}"


def _row(row: tuple[str, ...], widths: list[int]) -> list[str]:
    """The lines of one row; a long last cell is wrapped below itself, or, where there is little
    room, goes on below the row."""
    absent = not row[3] and not row[4] and row[5]
    # The reason why a value is missing stands in the place of the value.
    before_reason = row[:3] if absent else row
    cells = [
        cell.ljust(width) if i in _LEFT else cell.rjust(width)
        for i, (cell, width) in enumerate(zip(before_reason, widths, strict=False))
        if width
    ]
    head = "  ".join(cells) + "  "
    room, result = _WIDTH - len(head), clean(row[5])
    if len(result) > room and room < _LEAST_ROOM:
        verdict, _, explanation = result.partition(": ")
        return [
            f"{head}{verdict}",
            *textwrap.wrap(
                explanation, _WIDTH - 4, initial_indent="    ", subsequent_indent="    "
            ),
        ]
    reason_lines = textwrap.wrap(result, room) or [""]
    return [
        (head if i == 0 else " " * len(head)) + reason_line if reason_line else head.rstrip()
        for i, reason_line in enumerate(reason_lines)
    ]


def _count(card: Scorecard) -> str:
    counts = [f"{card.count('pass')} pass", f"{card.count('fail')} fail"]
    tolerances = {line.tolerance for line in card.lines if line.difference is not None}
    within = f" ({', '.join(sorted(tolerances))})" if tolerances else ""
    others = f"{card.count('open')} open, {card.count('measured')} measured"
    return f"{', '.join(counts)}{within}, {others}."


def _spreads(card: Scorecard) -> list[str]:
    """The meaning of ± on the card; a line of another meaning says so itself."""
    several = any(line.spread is not None and not line.reason for line in card.lines)
    return ["±: the standard deviation over the seeds"] if several else []


def _sources(card: Scorecard) -> list[str]:
    """The meaning of the letters after published values, for those on the card."""
    used = {line.source for line in card.lines if line.source}
    meanings = {"text": "t: the paper's text", "figure": "f: read off its figure",
            "script": "s: its authors' script"}  # fmt: skip
    return (
        ["; ".join(words for source, words in meanings.items() if source in used)] if used else []
    )


def _published(line: ScorecardLine) -> str:
    """The published value with the first letter of its source: `0.00342 s`."""
    value = line.published if isinstance(line.published, str) else _figure(line.published)
    return f"{value} {line.source[:1]}" if line.source else value


def _figure(value: float | None) -> str:
    return "" if value is None else number(value)
