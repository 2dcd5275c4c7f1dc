"""A text's own structure, and its pieces of so many tokens. For prompts and for the index; imports nothing of ours."""
