"""Starting engines and sweeps, and requests to them."""
