"""Search at size: kinds of vector index, the speed of a build and of an update, and the time of a question.

    make bench-search
    .venv/bin/python benchmarks/search_index.py --max-size 100000 --skip HNSW --json out.json
    .venv/bin/python benchmarks/search_index.py --max-size 0 --routines DIR

Vectors for the table of kinds are synthetic: each is a random mixture of two real ones (the passages, and for
queries the questions, of the encoder's training data) plus noise. The other figures are from an index of a
folder of routines; without one, the sample routines are repeated under new ids to about 10^4 passages.
"""

if __name__ == "__main__":
    # Here and not above: the processes that a build reads documents with import this file anew.
    from search_tables import main

    main()
