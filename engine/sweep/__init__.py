"""Runs sweeps: a coordinator that starts engine processes and sees to it that every run ends."""
