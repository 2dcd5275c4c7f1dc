"""The user's own documentation as an index: cut, embedded, searched, cited."""
