"""The forms for a new run, a fork and a new sweep."""
