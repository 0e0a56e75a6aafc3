"""The state of one run, folded from its log, and the sentences about it."""
