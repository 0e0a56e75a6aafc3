"""The coordinator of a sweep, which starts engine processes until every run has ended."""
