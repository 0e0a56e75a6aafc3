"""Content of the screens, without a screen: no Textual, no torch."""
