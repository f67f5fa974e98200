"""`serve`: the Explorer in a browser."""

from contextlib import AbstractContextManager, nullcontext
from typing import Annotated

import typer

from embexplore.cli.answer import note
from embexplore.cli.arguments import Quiet


def serve(
    cubes: Annotated[
        list[str] | None,
        typer.Argument(metavar="[CUBE]...", help="Cubes: folders or addresses. None: Null Island.", show_default=False),
    ] = None,
    *,
    port: Annotated[int, typer.Option(metavar="N", help="Port; 0 takes a free one.", min=0, max=65535)] = 5006,
    address: Annotated[str, typer.Option(metavar="HOST", help="Listen here; 0.0.0.0: on every network.")] = "localhost",
    allow_websocket_origin: Annotated[
        list[str] | None,
        typer.Option(metavar="HOST", help="A host whose pages may connect, as behind a proxy.", show_default=False),
    ] = None,
    basic_auth: Annotated[
        str | None,
        typer.Option(metavar="WORD|FILE", help="Password, or a .json of user: password.", show_default=False),
    ] = None,
    show: Annotated[bool, typer.Option("--show", help="Open a browser.")] = False,
    quiet: Quiet = False,
) -> None:
    """Serve the Explorer: one cube at /, several behind a page of cards.

    Every visitor has an Explorer of their own. No other host is asked for anything. Ctrl-C stops it.
    """
    try:
        from embexplore.ui.hosts.served import serve as serve_explorers
    except ModuleNotFoundError as error:
        raise _missing(error) from error

    try:
        with _own_threads():
            serve_explorers(
                cubes or [],
                port=port,
                address=address,
                origins=allow_websocket_origin or [],
                basic_auth=basic_auth,
                show=show,
                started=lambda url: note(f"The Explorer is at {url} (Ctrl-C stops it).", quiet=quiet),
            )
    except ModuleNotFoundError as error:
        raise _missing(error) from error
    except KeyboardInterrupt:
        note("Stopped.", quiet=quiet)


def _own_threads() -> AbstractContextManager[object]:
    """Dask in this process, where its settings name nothing else.

    By itself, and by the name `threads` too, it imports `distributed` at its first task, only to find no cluster: half a
    second before the first picture.
    """
    from dask import config, threaded

    if config.get("scheduler", None) or config.get("scheduler-address", None):
        return nullcontext()
    threads: AbstractContextManager[object] = config.set(scheduler=threaded.get)
    return threads


def _missing(error: ModuleNotFoundError) -> Exception:
    from embexplore.errors import MissingDependency

    return MissingDependency(f"serve needs {error.name}, which is not installed: pip install 'embexplore[ui]'.")
