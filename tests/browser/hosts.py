"""Servers that browser tests look at, as real processes on free ports, stopped by their own id."""

import contextlib
import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).parents[2]
PATIENCE = 60
"""Seconds that a server has to answer: a busy machine with two cores needs up to 20 for Lab."""


@dataclass(frozen=True)
class Server:
    """A running server."""

    url: str
    """Address of its first page, without a slash at the end."""
    process: subprocess.Popen
    log: Path

    @property
    def said(self) -> str:
        """What it printed so far."""
        return self.log.read_text()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def listens(url: str) -> bool:
    """Whether somebody listens there; a request would already start a session."""
    parts = urlsplit(url)
    try:
        socket.create_connection((parts.hostname, parts.port), timeout=1).close()
    except OSError:
        return False
    return True


@contextlib.contextmanager
def running(command: list[str], url: str, folder: Path, **environment: str) -> Iterator[Server]:
    """A server that answers at `url`, until the block ends."""
    log = folder / f"server-{free_port()}.log"
    with log.open("w") as out:
        process = subprocess.Popen(
            command, stdout=out, stderr=subprocess.STDOUT, cwd=folder, env={**os.environ, **environment}
        )
    server = Server(url, process, log)
    try:
        until = time.monotonic() + PATIENCE
        while not listens(url):
            if process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"{' '.join(command)} does not answer at {url}:\n{server.said}")
            time.sleep(0.05)
        yield server
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def lab(folder: Path, *, theme: str = "JupyterLab Light") -> contextlib.AbstractContextManager[Server]:
    """JupyterLab on `folder/notebooks`, with settings and runtime files of its own."""
    port, notebooks = free_port(), folder / "notebooks"
    notebooks.mkdir()
    for name, settings in (("notification", {"fetchNews": "false"}), ("themes", {"theme": theme})):
        stored = folder / "settings" / "@jupyterlab" / "apputils-extension" / f"{name}.jupyterlab-settings"
        stored.parent.mkdir(parents=True, exist_ok=True)
        stored.write_text(json.dumps(settings))
    command = [sys.executable, "-m", "jupyter", "lab", "--no-browser", f"--port={port}", "--ip=127.0.0.1"]
    command += ["--allow-root", "--IdentityProvider.token=", "--LabApp.expose_app_in_browser=True"]
    command += [f"--ServerApp.root_dir={notebooks}"]
    own = {f"JUPYTER_{name.upper()}_DIR": str(folder / name) for name in ("config", "runtime", "data")}
    own["JUPYTERLAB_SETTINGS_DIR"] = str(folder / "settings")
    return running(command, f"http://127.0.0.1:{port}/lab", folder, **own)


@contextlib.contextmanager
def serve(folder: Path, *arguments: str, **environment: str) -> Iterator[Server]:
    """`embexplore serve` as users start it; it also says what it computes. A traceback of ours in its log is a failure."""
    port = free_port()
    program = [str(Path(__file__).with_name("counting_server.py")), str(folder)]
    command = [sys.executable, *program, "serve", *arguments, "--port", str(port)]
    with running(command, f"http://localhost:{port}", folder, **environment) as server:
        yield server
        ours = re.search(r'File ".*/embexplore/ui/', server.said)  # Bokeh's own, after a page was closed, are not
        assert ours is None, server.said
