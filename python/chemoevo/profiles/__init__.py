"""Measured data of one patient: clonal alterations, subclones from reads, and what they leave open.

It knows `sweeps` and `scenario`.
"""
