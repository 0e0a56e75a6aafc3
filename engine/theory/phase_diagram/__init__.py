"""The phase diagram over (J₀/J, 1/J): computed, stored, computed in the background."""
