"""Sentences about one run, for screens and the command line."""
