"""Questions about a process answered by equations, without simulation.

It knows `process` and `base`; nothing of simulated replicates but their final cells.
"""
