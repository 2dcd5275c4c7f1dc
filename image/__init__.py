"""The image: which models it carries, what else travels into it, and the tool that builds it.

Imports: errors, weights.

Cog's command line copies every folder that holds no code and a file over 10 MiB into a layer of its own, wherever it
lies and whatever `.dockerignore` says of it, and then finds those missing that `.dockerignore` hides. So an image is
built from an export: what is committed, the models, the index, and nothing else.
"""
