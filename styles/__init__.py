"""The styles, one TOML file each, and what such a file must hold. A new style is a new file.

Imports: contract, errors.
"""
