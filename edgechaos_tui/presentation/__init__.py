"""Content of the screens and of printed output: no Textual, no torch."""
