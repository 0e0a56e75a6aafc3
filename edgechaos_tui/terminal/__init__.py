"""The wire to the terminal: pace, partial updates, ASCII, shutdown."""
