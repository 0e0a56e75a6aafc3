"""Judges of the paper's figures: published values and the law's, compared with ours."""
