"""How to compute fast on the hardware at hand: device, number format, packed weights; for every room that runs models.

Imports: errors.
"""
