"""Many documents through models that are being served: what to send, what came, what is left; and to whom.

Imports: computing, contract, errors, ray_engine, rows, serving, storage.
"""
