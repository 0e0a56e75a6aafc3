"""What a session is on disk. Imports neither torch nor numpy nor Textual."""
