"""Regimens side by side, for one tumor or for many that it may be."""
