"""How well the actions understand, measured on labelled messages."""
