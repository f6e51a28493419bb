"""`cellbench ui`: MLflow's pages of the project's own database."""

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import chdir, suppress
from pathlib import Path

import click

from cellbench import InputError
from cellbench.config.params import load_params
from cellbench.console import say
from cellbench.project import find_project, repository_root
from cellbench.publish.live import follow
from cellbench.publish.provenance import Origin
from cellbench.publish.stage import publish_results
from cellbench.publish.store import database, store

SERVER = {
    "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
    "MLFLOW_LOGGING_LEVEL": "WARNING",
    "PYTHONWARNINGS": "ignore",
    "MLFLOW_SQLALCHEMYSTORE_POOLCLASS": "NullPool",  # a connection that is kept would show a database that was replaced
}


@click.command()
@click.option("--port", type=click.IntRange(1, 65535), default=5000, show_default=True)
@click.pass_obj
def ui(project: Path | None, port: int) -> None:
    """Publish what MLflow lacks and show the runs in a browser, running trainings with their curves, until Ctrl-C."""
    with chdir(find_project(project)), suppress(KeyboardInterrupt):
        os.environ.pop("MLFLOW_TRACKING_URI", None)
        with socket.socket() as free:
            free.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # one that was just closed is free
            try:
                free.bind(("127.0.0.1", port))
            except OSError as error:
                raise InputError(f"port {port}: {error.strerror}; choose another: `make ui PORT=5001`") from None
        for end in (signal.SIGTERM, signal.SIGHUP):  # a closed terminal ends it as Ctrl-C does
            signal.signal(end, signal.default_int_handler)
        root = repository_root()
        try:
            print(publish_results(load_params(), Origin.here(), root)[1])
        except InputError as error:  # what is there can be seen all the same
            say(f"WARNING: {error}")
        with store(root) as opened:
            page = f"http://127.0.0.1:{port}/#/experiments/{opened.experiment}/runs?workflowType=machine_learning"
        command = [sys.executable, "-m", "mlflow", "ui", "--workers", "1", "--port", str(port)]
        command += ["--uvicorn-opts", "--log-level warning", "--backend-store-uri", f"sqlite:///{database(root)}"]
        server = subprocess.Popen(command, env=os.environ | SERVER, start_new_session=True)  # Ctrl-C is ours to handle
        try:
            while server.poll() is None:  # until it answers, and has printed what it prints when it starts
                with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                    print(f"The runs: {page}", flush=True)
                    break
                time.sleep(0.2)
            follow(root, goes_on=lambda: server.poll() is None)
        finally:
            with suppress(ProcessLookupError):  # it ended by itself
                os.killpg(server.pid, signal.SIGTERM)  # and what it started
            server.wait()
        raise InputError(f"MLflow's server ended by itself, with code {server.returncode}; its own message is above")
