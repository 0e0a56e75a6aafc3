"""The command line: signatures of the commands, and their output."""
