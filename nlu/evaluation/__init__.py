"""How well the trained model understands: `python -m nlu.evaluation --help`, or `sifra evaluate`."""
