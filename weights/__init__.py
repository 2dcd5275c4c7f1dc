"""Which models there are, pinned by revision and digest: pulled, verified, loaded.

Imports: errors, computing, storage.

A model is in one of two places: in a folder here, `weights/<alias>/`, where `precis weights pull` puts it and where
an image carries it, or in the Hugging Face cache. Either way the folder holds `precis.json`, the sizes and digests
of its files, written last: without it a folder is not loaded.
"""
