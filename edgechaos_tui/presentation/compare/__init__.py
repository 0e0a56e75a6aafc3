"""Several runs side by side, as pure logic."""
