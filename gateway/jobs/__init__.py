"""Jobs: what one is asked, who works on it under a lease, where its results lie, and its routes.

Imports: batch, errors, gateway, rows, serving, storage.
"""
