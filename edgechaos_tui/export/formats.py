"""The names of the formats of exported sessions, which `sessions` writes."""

from typing import Final

FORMATS: Final = ("csv", "jsonl", "parquet", "tensorboard", "svg", "png", "pdf", "zip")
