"""The charting library of the screens: models, canvas, axes, and the charts themselves."""
