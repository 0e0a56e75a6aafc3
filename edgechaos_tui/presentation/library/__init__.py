"""The library of sessions: its entries, columns, filter, order and cache."""
