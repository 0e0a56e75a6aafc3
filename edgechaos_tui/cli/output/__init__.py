"""The output of the commands: text for people, JSON for programs."""
