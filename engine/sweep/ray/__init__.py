"""The runs of a sweep on a Ray cluster."""
