"""Widgets, one a file. They draw the model that they are given, and read no files."""
