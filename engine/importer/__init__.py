"""Runs of other programs, imported as recorded sessions: TensorBoard's event files, CSV, JSON lines
and trackio's database. Nothing in a file is executed, and nothing in it is trusted."""
