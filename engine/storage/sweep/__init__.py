"""A sweep on disk: plan, log, and the sessions that belong to it."""
