"""Workers in the background of the app: log feeds and phase diagrams."""
