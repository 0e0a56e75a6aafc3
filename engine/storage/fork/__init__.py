"""Forks: where one may begin, and the line of its ancestors."""
