"""Prompts, sampling, long documents, and the engines that turn tokens into text behind one protocol.

Imports: contract, errors, styles, splitting, computing.
"""
