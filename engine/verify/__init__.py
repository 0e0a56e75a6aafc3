"""Verification: a recorded run trained again and compared metric by metric."""
