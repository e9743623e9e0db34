"""How Rasa is started and how it is reached: launcher, input channel, tracker store."""
