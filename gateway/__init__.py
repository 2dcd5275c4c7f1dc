"""What internal services and people call: routes, tokens, jobs and a page, in front of models that are being served.

Imports: batch, computing, contract, errors, rows, serving, storage, styles.
"""
