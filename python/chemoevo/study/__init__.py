"""Studies simulated: a process or a scenario, in memory, chunk by chunk, or onto disk.

It knows `scenario` and `ensemble`.
"""
