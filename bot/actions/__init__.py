"""Custom actions: read the tracker, call one service, answer with a response key and events."""
