"""Printing: text for people, JSON for programs."""
