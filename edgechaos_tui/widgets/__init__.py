"""One widget a file. They draw what they are given and read no files."""
