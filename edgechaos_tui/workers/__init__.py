"""Background workers of the app: log feeds and phase diagrams."""
