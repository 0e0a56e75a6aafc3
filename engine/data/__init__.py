"""Data sets: published ones, which are downloaded, read and checked, and a synthetic one."""
