"""The training engine: records, theory and training. It knows nothing of terminals."""
