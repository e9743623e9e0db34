"""Units, people, roles, and the conversations that belong to people."""
