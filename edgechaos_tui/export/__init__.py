"""Sessions, comparisons and figures written for other programs."""
