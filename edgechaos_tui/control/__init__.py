"""The control of engines and sweeps: their start, and commands to them."""
