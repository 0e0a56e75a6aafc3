"""Ways to start the engines of a sweep on this machine."""
