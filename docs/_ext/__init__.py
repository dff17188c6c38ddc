"""What the documentation site makes of the package at build time."""
