"""One run, live or replayed."""
