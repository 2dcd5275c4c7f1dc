"""What is not content: navigation, signatures, quoted replies, running lines, invisible characters.

Imports: contract, errors, splitting.
"""
