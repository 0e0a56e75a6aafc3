"""The scaling law of J² in the ordered phase: slope, forecast, guideline, rescaled time."""
