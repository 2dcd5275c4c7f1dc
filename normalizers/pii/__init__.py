"""Personal data in a text: found by recognizers and by a model, replaced by placeholders, kept out of the summary.

Imports: contract, errors, splitting, computing.
"""
