"""The depth profile of a saved model, in a process of its own."""
