"""A finished index of the user's own documentation: opened, searched, cited; and archives unpacked safely.

Imports: contract, errors, splitting, computing, storage.
"""
