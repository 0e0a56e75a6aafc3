"""The list of sessions: entries, columns, filter, order."""
