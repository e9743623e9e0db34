"""The edge: channels, identity, the inbox of messages, the relay to Rasa."""
