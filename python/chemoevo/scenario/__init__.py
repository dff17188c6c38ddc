"""A tumor, a regimen, a patient and a question: as files say them, checked, and compiled to processes.

It knows everything below it: drugs, resistance, processes and the equations.
"""
