"""Data sets: read, checked, downloaded, or synthetic."""
