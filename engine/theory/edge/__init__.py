"""The mean-field edge of chaos for tanh and ReLU."""
