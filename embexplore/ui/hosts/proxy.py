"""The dashboard behind a hub: jupyter-server-proxy starts `embexplore serve` when somebody first opens `/embexplore/`."""

from typing import Any


def entry() -> dict[str, Any]:
    """What jupyter-server-proxy asks of an entry point: the command, and a tile for the launcher.

    The proxy checks who may connect, and only it reaches the port: so any host name may be in front of it.
    """
    return {
        "command": ["embexplore", "serve", "--port", "{port}", "--allow-websocket-origin", "*"],
        "timeout": 60,
        "absolute_url": False,
        "new_browser_tab": True,
        "launcher_entry": {"title": "Explorer of Null Island", "enabled": True},
    }
