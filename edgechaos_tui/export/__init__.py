"""The export of sessions, comparisons and figures for other programs."""
