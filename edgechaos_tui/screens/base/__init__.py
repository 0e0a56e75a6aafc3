"""Parts of which several screens are composed."""
