"""JSON as it is printed."""

import json

from hypothesis import given
from hypothesis import strategies as st

from edgechaos_tui.presentation.json_text import escape_json
from edgechaos_tui.presentation.text import (
    clean,
)


@given(st.text(), st.text(max_size=3))
def test_json_says_the_same_without_what_drives_a_terminal(text: str, key: str) -> None:
    record = {key: text, "nested": ["\x9b31m\x7f\u202e\U000e0001", "λ² ok"]}
    written = json.dumps(record, ensure_ascii=False, indent=2)
    escaped = escape_json(written)
    assert json.loads(escaped) == record
    assert clean(escaped) == escaped.replace("\n", " ")
    assert "λ² ok" in escaped
