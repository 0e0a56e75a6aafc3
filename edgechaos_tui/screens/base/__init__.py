"""Parts that several screens are composed of."""
