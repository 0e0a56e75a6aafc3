"""The screen of the library of sessions, with its dialogs."""
