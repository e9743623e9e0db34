"""Pure text and scoring: no Rasa here, so every part can be tested and measured alone."""
