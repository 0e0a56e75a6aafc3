"""The networks that the engine trains: the paper's own, and deeper ones by autograd."""
