"""Runs of other programs, imported as recorded sessions: TensorBoard's event files, CSV, JSON lines
and trackio's database. No content of a file is executed or trusted."""
