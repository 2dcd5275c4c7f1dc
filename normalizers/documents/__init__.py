"""A file's bytes to text: which type it is, and who reads it; of a web page its article.

Imports: contract, errors, splitting.
"""
