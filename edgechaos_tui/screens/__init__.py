"""One screen a file, its look in the .tcss beside it."""
