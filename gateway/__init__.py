"""What internal services and people call: routes, tokens, jobs and a page, in front of models that are being served.

Imports: batch, contract, errors, rows, serving, storage, styles.
"""
