"""Names of sessions: their check, and random readable names."""

import random
import re
from collections.abc import Container
from typing import Final

from engine.storage.errors import InvalidName

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_MOODS: Final = (
    "able amber brave bright brisk calm clear cool crisp deft eager early fair fleet fond free "
    "fresh glad golden grand green happy hardy keen kind light lively lucid lucky mellow merry "
    "mild neat noble pale plain proud quick quiet rapid ready round sharp shy silver sleek slow "
    "smart snug solid spry steady still stout sunny swift tidy vivid warm wise witty young"
).split()
_ANIMALS: Final = (
    "ant badger bear beaver bee bison bittern crane crow cuckoo deer dove duck eagle egret elk "
    "falcon finch fox frog gecko goose hare hawk heron hind horse ibis jay kestrel kite koala lark "
    "lemur lion loon lynx magpie mole moose moth newt orca otter owl panda pika plover puffin "
    "quail raven robin seal shrew snipe sparrow stoat stork swan swift tern thrush tiger toad "
    "trout vole whale wolf wren yak zebra"
).split()

# The system's random numbers, because two processes that start at once must not draw alike;
# `secrets` would also import hashes, which would delay the first paint of the app.
_RANDOM: Final = random.SystemRandom()


def check_name(name: str) -> str:
    """`name` itself. Raises InvalidName when it is not a plain file name."""
    if not _NAME.fullmatch(name):
        shown = repr(name if len(name) <= 70 else name[:67] + "…")
        raise InvalidName(
            f"session: {shown} is not a valid name; use 1 to 64 letters, digits, '.', '_' or '-', "
            "a letter or digit first"
        )
    return name


def is_file_name(name: str) -> bool:
    """Whether `name` can be that of a listed folder: not a path, and not hidden.

    People rename folders by other means too, and every listed session can be opened.
    """
    return name != "" and not name.startswith(".") and "/" not in name and "\0" not in name


def resembling(name: str) -> str:
    """The valid session name most like `name`."""
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-._")
    return plain[:64] or "session"


def make_up(prefix: str, taken: Container[str]) -> str:
    """A readable name that is not in `taken`: `fashion-brave-tern`."""
    name = _draw(prefix)
    while name in taken:
        name = f"{_draw(prefix)}-{_RANDOM.randrange(1000)}"
    return name


def _draw(prefix: str) -> str:
    return f"{prefix}-{_RANDOM.choice(_MOODS)}-{_RANDOM.choice(_ANIMALS)}"
