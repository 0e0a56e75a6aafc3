"""An empty chart says in a sentence what it waits for."""

from edgechaos_tui.charts.canvas import Canvas, paint


def draw_sentence(canvas: Canvas, sentence: str) -> None:
    """Write a sentence into the middle, in as many rows as it needs."""
    width = max(canvas.width - 2, 1)
    rows: list[str] = [""]
    for word in sentence.split():
        if rows[-1] and len(rows[-1]) + 1 + len(word) > width:
            rows.append(word)
        else:
            rows[-1] = f"{rows[-1]} {word}".strip()
    first = max((canvas.height - len(rows)) // 2, 1 if canvas.height > 1 else 0)
    for i, text in enumerate(rows):
        canvas.text((canvas.width - len(text)) // 2, first + i, text, paint("dim"))
