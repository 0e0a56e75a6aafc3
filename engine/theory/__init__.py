"""The mathematics of the paper, in numpy and scipy: no torch, no terminal."""
