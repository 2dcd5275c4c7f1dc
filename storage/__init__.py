"""Where things lie on a disk: this user's folders, and folders that are there whole or not at all.

Imports: errors.
"""
