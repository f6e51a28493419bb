"""A trained ensemble continues a series."""
