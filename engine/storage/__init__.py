"""Storage on disk: sessions, sweeps, forks, and the files that hold them. No torch, no numpy."""
