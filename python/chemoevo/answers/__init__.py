"""What a study answers: cure, progression, who comes back and when; by simulation and by equations, side by side.

It knows `study` and everything below it.
"""
