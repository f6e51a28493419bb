"""Options of the whole suite."""

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from filelock import FileLock
from hypothesis import settings

from project import Project, copy_without_runs, make_project

os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"  # before a test imports mlflow
os.environ["MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR"] = "false"
os.environ["MLFLOW_SQLALCHEMYSTORE_POOLCLASS"] = "NullPool"  # else a database that was replaced seems to be there
os.environ.pop("MLFLOW_TRACKING_URI", None)  # of whoever runs the tests
# A shell's background job ignores Ctrl-C, and so would the commands that tests interrupt.
signal.signal(signal.SIGINT, signal.default_int_handler)
HERE = Path(__file__).parent
settings.register_profile("many", max_examples=2000)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--golden", default=str(HERE / "golden"), help="folder of Keras's numbers (index.json, *.npz)")
    parser.addoption("--kills", type=int, default=2, help="how often `dvc repro` is killed in tests/test_kills.py")
    parser.addoption("--seed", type=int, default=0, help="of the moments at which it is killed")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "golden_case" in metafunc.fixturenames:
        from golden_cases import load_cases

        cases = load_cases(Path(metafunc.config.getoption("golden")))
        metafunc.parametrize("golden_case", cases, ids=[case.name for case in cases])


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files first: one makes the small project while the others run what needs none."""
    longest = ["pipeline", "same_bytes", "tuning", "readme", "experiments", "publish_and_trace", "live", "tracking"]

    def turn(item: pytest.Item) -> int:
        name = item.path.stem.removeprefix("test_")
        return longest.index(name) if name in longest else len(longest)

    items.sort(key=turn)


@pytest.fixture(params=["torch", "native"])
def engine(request: pytest.FixtureRequest) -> str:
    """The name of an engine: a test that asks for it runs on each."""
    name: str = request.param
    return name


@pytest.fixture
def complaint(tmp_path: Path) -> Callable[[str, str, str], str]:
    """What is said of a params.yaml in which something wrong stands for something right."""
    from cellbench import InputError
    from cellbench.config.params import load_params

    def said(good: str, right: str, wrong: str) -> str:
        assert right in good
        path = tmp_path / "params.yaml"
        path.write_text(good.replace(right, wrong, 1))
        with pytest.raises(InputError) as raised:
            load_params(path)
        return str(raised.value)

    return said


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where a test writes its CSV file."""
    return tmp_path / "x.csv"


@pytest.fixture(scope="module")
def sales(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small project with a series of sales and runs made by hand."""
    from sales import make_sales_project

    return make_sales_project(tmp_path_factory.mktemp("sales"))


@pytest.fixture
def _in_sales(sales: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(sales)


@pytest.fixture(scope="session")
def project_of_all(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Project:
    """Made by the test process that needs it first; the other one copies it, and publishes where the copy lies."""
    if worker_id == "master":
        return make_project(tmp_path_factory.mktemp("project"))
    made = tmp_path_factory.getbasetemp().parent / "project"
    with FileLock(f"{made}.lock"):
        if not made.exists():
            make_project(made)
    copy = copy_without_runs(Project(made), tmp_path_factory.mktemp("project") / "copy")
    copy.cellbench("publish")
    return copy


@pytest.fixture
def project(project_of_all: Project) -> Iterator[Project]:
    """A small copy of this project with its results, as committed; what a test changes in it is taken back."""
    yield project_of_all
    if project_of_all.run("git status --porcelain"):
        project_of_all.restore()
