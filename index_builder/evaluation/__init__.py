"""How well the search finds routines, measured on labelled questions beside plain baselines."""
