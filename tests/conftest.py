"""Options of the whole suite."""

from pathlib import Path

import pytest

HERE = Path(__file__).parent


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--golden", default=str(HERE / "golden"), help="folder of Keras's numbers (index.json, *.npz)")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "golden_case" in metafunc.fixturenames:
        from golden_cases import load_cases

        cases = load_cases(Path(metafunc.config.getoption("golden")))
        metafunc.parametrize("golden_case", cases, ids=[case.name for case in cases])
