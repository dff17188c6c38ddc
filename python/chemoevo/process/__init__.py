"""The multitype branching process: types, rates, mutation, switching, pulses and competition.

It knows `base`; no drug and no gene.
"""
