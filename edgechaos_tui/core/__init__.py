"""What a screen shows, without a screen: imports neither Textual nor torch."""
