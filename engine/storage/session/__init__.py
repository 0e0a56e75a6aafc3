"""A session on disk: folder, log, events, status."""
