"""Models that are being served elsewhere, and the queue for their places.

Imports: batch, computing, errors, gateway, serving.
"""
