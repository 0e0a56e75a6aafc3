"""The record of one run: its columns and state folded from the log, and their replay."""
