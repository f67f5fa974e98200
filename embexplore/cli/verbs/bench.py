"""`bench`: the benchmark table of this machine."""


def bench() -> None:
    """Print the benchmark table of this machine.

    Beside the peers that are installed; takes a few minutes, on all processors.
    """
    from embexplore.bench import main

    main()
