"""The one SQL database: declarative base, engines and migrations. Knows no room at import time."""
