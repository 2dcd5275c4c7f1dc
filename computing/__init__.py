"""How to compute with the hardware at hand: cores, number formats, packed weights, memory; processes and their lanes.

Imports: errors.
"""
