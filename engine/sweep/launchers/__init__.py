"""Launchers of the engines of a sweep on this machine."""
