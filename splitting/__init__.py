"""A text's own structure: characters, words, sentences, pieces of so many tokens. For prompts, the index and streams.

Imports: errors.
"""
