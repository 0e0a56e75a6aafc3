"""The charting library of the screens: models, canvas, axes, drawings and widgets."""
