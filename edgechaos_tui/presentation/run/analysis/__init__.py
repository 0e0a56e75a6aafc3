"""Quantities derived from the record of one run: depth, held J², λ_train, slope law."""
