"""Forms: new run, new sweep, fork."""
