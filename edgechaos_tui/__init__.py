"""The terminal app: it shows what the engine recorded and computes nothing about learning."""
