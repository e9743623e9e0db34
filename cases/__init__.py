"""Deviations and improvement suggestions: filing, rights, deadlines, lists."""
