"""The state of a sweep: runs, grid, progress, form."""
