"""Dialogs: questions, choices, help, export."""
