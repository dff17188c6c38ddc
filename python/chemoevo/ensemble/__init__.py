"""Simulated replicates of a process: what is asked, run and recorded, and the result in memory and on disk.

It knows `process` and `base`.
"""
