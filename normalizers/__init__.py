"""From a file or a text to clean text, and what was taken out of it: `documents/`, then `pii/`, then `cleaning/`.

Imports: contract, errors, splitting, computing.
"""
