"""The conversation: rules as data, and the actions that they call."""
