"""The formats that sessions are exported in; `sessions` writes them."""

from typing import Final

FORMATS: Final = ("csv", "jsonl", "parquet", "tensorboard", "svg", "png", "pdf", "zip")
