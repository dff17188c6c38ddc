"""Tumors grown from one cell, as laws instead of numbers of cells: to a size, or for a time."""
