"""Derivatives of probabilities: by the rates of a process, and by the numbers of a scenario.

It knows `scenario`, `analytic` and `process`.
"""
