"""Signatures of the commands; the work is done elsewhere."""
