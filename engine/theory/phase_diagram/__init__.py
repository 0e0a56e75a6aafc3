"""The phase diagram over (J₀/J, 1/J): its computation, its file, and a background process."""
