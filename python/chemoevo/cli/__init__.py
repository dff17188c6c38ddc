"""The command line: chemoevo run, describe, schema."""
