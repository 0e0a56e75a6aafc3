"""Signatures of the commands; each imports what does the work when it is called."""
