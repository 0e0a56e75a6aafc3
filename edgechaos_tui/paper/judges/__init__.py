"""Judges of the paper's figures: published value, the law's, ours."""
