"""Numbered steps; each goes up and down."""
