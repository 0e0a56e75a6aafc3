"""What is shown, without a screen: no Textual, no torch."""
