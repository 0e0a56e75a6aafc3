"""Sweeps: their list, and one as a whole."""
