"""`python -m sifra` is the same as the `sifra` command."""

from sifra.cli import app

app()
