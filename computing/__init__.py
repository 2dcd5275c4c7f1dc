"""How to compute fast on the hardware at hand: device, number format, packed weights; for every room that runs models.

Knows torch. Knows nothing about what a model is for.
"""
