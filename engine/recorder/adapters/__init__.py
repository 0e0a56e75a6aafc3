"""Recorders for training loops that a framework runs: Lightning, Hugging Face's Trainer, Keras 3.

Each module imports its framework, so import only the one that is needed.
"""
