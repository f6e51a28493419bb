"""A real tracking server: `mlflow server` with PostgreSQL behind it, which also keeps the artifacts."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

POSTGRES = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
"""Where Debian puts its programs, the newest last."""


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port


def until_it_answers(url: str, serving: "subprocess.Popen[Any]", seconds: float = 120) -> None:
    """Wait for a server that was just started."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            urlopen(url).close()
            return
        except URLError:
            assert serving.poll() is None, f"{url}: its server ended"
            assert time.monotonic() < deadline, f"{url}: no answer"
            time.sleep(0.3)


class Server:
    """An `mlflow server` that can be stopped and started again."""

    def __init__(self, database: str, folder: Path) -> None:
        self._port = free_port()
        self.uri = f"http://127.0.0.1:{self._port}"
        self._log = folder / "server.log"
        self._command = [
            str(Path(sys.executable).parent / "mlflow"), "server", "--workers", "1", "--host", "127.0.0.1",
            "--port", str(self._port), "--backend-store-uri", database, "--artifacts-destination", str(folder / "kept"),
        ]  # fmt: skip

    def start(self) -> None:
        environment = os.environ | {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
        with self._log.open("a") as log:
            self._serving = subprocess.Popen(
                self._command, env=environment, stdout=log, stderr=log, start_new_session=True
            )
        until_it_answers(f"{self.uri}/health", self._serving)

    def stop(self) -> None:
        if self._serving.poll() is None:
            os.killpg(self._serving.pid, signal.SIGTERM)
        self._serving.wait()


@contextmanager
def running_server(folder: Path) -> Iterator[Server]:
    """A server with an empty database of its own, which is gone afterwards."""
    with database() as uri:
        server = Server(uri, folder)
        server.start()
        try:
            yield server
        finally:
            server.stop()


@contextmanager
def database() -> Iterator[str]:
    """The address of an empty PostgreSQL database on this machine's own network."""
    assert POSTGRES, "this test wants PostgreSQL: apt-get install postgresql"
    folder, port = Path(tempfile.mkdtemp(prefix="postgres")), free_port()
    as_who = []
    if os.geteuid() == 0:  # as whom PostgreSQL refuses to run
        shutil.chown(folder, "postgres")
        as_who = ["runuser", "-u", "postgres", "--"]

    def run(program: str, *arguments: str) -> None:
        command = [*as_who, POSTGRES[-1] / program, *arguments]
        subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)

    data = ("-D", str(folder / "data"))
    run("initdb", *data, "--username=cellbench", "--auth=trust", "--no-sync")
    run("pg_ctl", *data, "-w", "-l", str(folder / "log"), "-o", f"-h 127.0.0.1 -p {port} -k {folder}", "start")
    try:
        run("createdb", "--host=127.0.0.1", f"--port={port}", "--username=cellbench", "cellbench")
        yield f"postgresql://cellbench@127.0.0.1:{port}/cellbench"
    finally:
        run("pg_ctl", *data, "-w", "-m", "immediate", "stop")
        shutil.rmtree(folder)
