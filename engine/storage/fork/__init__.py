"""Forks of sessions: the points where one can begin, and its ancestors."""
