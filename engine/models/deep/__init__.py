"""Networks with depth, trained by autograd."""
