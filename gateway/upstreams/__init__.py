"""Models that are being served elsewhere, and the queue for their places.

Imports: batch, computing, contract, errors, gateway, serving.
"""
