"""The paper's analytical network, with its gradients derived by hand."""
