"""A search on a Ray cluster of a head and two nodes on this machine, one of which is killed in the middle."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from cellbench.tune.tuning import LOG
from test_tuning import make, table, tuned

pytestmark = pytest.mark.ray
RAY = Path(sys.executable).with_name("ray")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start(*arguments: str) -> subprocess.Popen[bytes]:
    """Ray in the foreground, in a process group of its own."""
    command = [RAY, "start", "--block", "--disable-usage-stats", "--num-cpus", "1", *arguments]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """The address, and a node that may be killed."""
    address = f"127.0.0.1:{free_port()}"
    head = ("--head", "--node-ip-address", "127.0.0.1", "--port", address.split(":")[1], "--include-dashboard", "false")
    nodes = [start(*head, "--temp-dir", f"/tmp/ray-{os.getpid()}")]
    try:
        wait_for(address, 1)
        for n in (2, 3):  # one after the other: two at once wait for each other without end
            nodes.append(start("--address", address, "--node-ip-address", f"127.0.0.{n}"))
            wait_for(address, n)
        yield address, nodes[2]
    finally:
        for node in nodes:
            os.killpg(node.pid, signal.SIGKILL)
            node.wait()


def wait_for(address: str, nodes: int) -> None:
    """Until so many nodes have come."""
    count = f"import ray; ray.init('{address}', logging_level='ERROR'); print(len(ray.nodes()))"
    for _ in range(60):
        asked = subprocess.run([sys.executable, "-c", count], capture_output=True, text=True, check=False)
        if asked.stdout.strip() == str(nodes):
            return
        time.sleep(1)
    raise AssertionError(f"{address}: {asked.stdout} {asked.stderr}")


def test_a_search_gives_the_same_bytes_on_a_cluster_of_which_a_node_is_killed(
    tmp_path: Path, cluster: tuple[str, subprocess.Popen[bytes]]
) -> None:
    address, node = cluster
    here, there = make(tmp_path / "here"), make(tmp_path / "there")
    expected = tuned(here, "own_gru")
    environment = os.environ | {"CELLBENCH_EXECUTOR": "ray", "RAY_ADDRESS": address}
    environment.pop("DVC_ROOT", None)
    running = subprocess.Popen([sys.executable, "src/tune.py", "own_gru"], cwd=there, env=environment)
    while not any(log.read_text().count("\n") for log in there.glob(f".scratch/*/{LOG}")):
        assert running.poll() is None
        time.sleep(0.05)
    os.killpg(node.pid, signal.SIGKILL)
    assert running.wait() == 0
    files = {path.relative_to(there).as_posix(): path.read_bytes() for path in there.glob("recipes/*/*/*")}
    assert files == expected
    assert len(table(there, "own_gru")) == 4
