"""Sweeps: their list, runs, progress, map of results, form and sentences."""
