"""The training of sessions with PyTorch: the engine, its loop over epochs, and its steps."""
