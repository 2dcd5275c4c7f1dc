"""A local API that Replicate's clients cannot tell from Replicate, in front of Cog servers.

Imports: errors, serving, storage.
"""
