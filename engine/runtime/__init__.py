"""The torch-free half of a process that writes a session: clock, log, commands, signals."""
