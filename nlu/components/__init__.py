"""Rasa graph components: thin shells around `nlu.core`."""
