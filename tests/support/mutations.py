"""Damaged files: a good one with pieces changed, lost and inserted."""

from hypothesis import strategies as st

_NOISE = st.one_of(
    st.binary(max_size=20),
    st.sampled_from(
        [
            b"\n", b"\0" * 50, b"{", b"}", b'"', b"null", b"-1", b"1e999", b"[[[[", b"\xff\xfe",
            b'"nan"', b"99999999999999999999", b"{" * 2000, b'"schema":9', b'"format":9',
            b"\\ud800",
            b'{"type":"dream"}\n', b'{"type":"epoch"}\n', b'{"type":"started","schema":7}\n',
        ]
    ),
)  # fmt: skip


@st.composite
def mutated(draw: st.DrawFn, good: bytes) -> bytes:
    """`good` after one to four accidents."""
    data = good
    for _ in range(draw(st.integers(1, 4))):
        begin = draw(st.integers(0, len(data)))
        end = min(len(data), begin + draw(st.sampled_from([0, 1, 5, 300, 10**9])))
        data = data[:begin] + draw(_NOISE) + data[end:]
    return data
