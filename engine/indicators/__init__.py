"""Order and chaos measured on real weights: the hidden layer as a map, and depth as time."""
