"""Whatever a CSV file and its keys hold: prepared whole, or one message that names the place; nothing half written."""

import datetime
import json
import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from cellbench import InputError
from cellbench.config.params import Params
from cellbench.config.sources import CsvFile
from cellbench.prepare.stage import prepare
from fuzz import FUZZ, GOOD, WORDS

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")
CELLS = st.sampled_from(
    ["t", "y", "1", "2.5", "-3e2", "", "NA", "x", "1e999", "2020-01", "2020-02", "2020-13", '"', '"a,b"', "0" * 99]
)
ROWS = st.lists(st.lists(CELLS | st.text(max_size=5), min_size=1, max_size=3).map(",".join), max_size=12).map("\n".join)
NUMBERS = st.lists(st.floats(-1e6, 1e6).map("{:.3g}".format), min_size=8, max_size=30)
SERIES = NUMBERS.map(lambda ys: "t,y\n" + "\n".join(f"{1900 + n},{y}" for n, y in enumerate(ys)))


def prepared(folder: Path, content: bytes, keys: dict[str, Any]) -> str:
    """What is said of a file that is refused; nothing if it is prepared, whole."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        raw, made = Path("data/raw/x.csv"), Path("data/own")
        raw.parent.mkdir(parents=True, exist_ok=True)
        raw.write_bytes(content)
        tree = json.loads(json.dumps(GOOD))
        tree["datasets"]["own"] |= keys
        tree["experiments"] = {name: {**GOOD["training"], **one} for name, one in GOOD["experiments"].items()}
        for file in [*made.rglob("*.*")]:
            file.unlink()
        said = ""
        try:
            prepare(Params.model_validate(tree), "own")
        except InputError as error:
            said = str(error)
        if said:
            assert said.startswith(("data/raw/x.csv: ", "datasets.own"))
            assert len(said.splitlines()) == 1
            assert len(said) < 5000
        names = {file.name for file in made.rglob("*.*")}
        assert names == (set() if said else {"known.csv", "test.csv", "dataset.json"})
        return said


@FUZZ
@given(content=ROWS.map(str.encode) | SERIES.map(str.encode) | st.binary(max_size=200), cut=st.integers(0, 400))
def test_any_csv_file_is_prepared_whole_or_not_at_all(tmp_path: Path, content: bytes, cut: int) -> None:
    prepared(tmp_path, content[:cut] if cut < 300 else content, {})


LABELS: dict[str, tuple[str, str]] = {  # how times may be written, by pandas' frequency and format
    "years": ("YS", "%Y"), "months": ("MS", "%Y-%m"), "days": ("D", "%Y-%m-%d"), "ends of months": ("ME", "%Y-%m-%d"),
    "business days": ("B", "%Y-%m-%d"), "months as numbers": ("MS", "%Y%m"), "days as numbers": ("D", "%Y%m%d"),
    "weeks": ("W-MON", "%G-W%V"), "compact weeks": ("W-MON", "%GW%V"), "Eurostat": ("MS", "%YM%m"),
    "quarters": ("QS", "%YQ%q"), "quarters first": ("QS", "Q%q %Y"), "R": ("MS", "fraction"),
    "hours": ("h", "%Y-%m-%d %H:%M"), "UTC": ("h", "%Y-%m-%dT%H:%M:%S.000Z"), "offset": ("h", "%Y-%m-%dT%H:%M+01:00"),
    "offsets of Berlin": ("h", "Berlin"), "Unix": ("h", "Unix"), "numbers": ("D", "number"),
    "German": ("D", "%d.%m.%Y"), "American": ("D", "%m/%d/%Y"), "without zeros": ("D", "%-m/%-d/%Y"),
    "words": ("MS", "%b %Y"), "clock": ("h", "%d.%m.%Y %H:%M"), "noon": ("h", "%m/%d/%Y %I:%M %p"),
}  # fmt: skip
GIVEN = {"German", "American", "without zeros", "words", "clock", "noon"}
"""What only `time_format` reads."""
MARKS = ["", "NA", "#N/A", "--", "-9999"]
HEADERS = [
    "t{0}größe",
    "t{0}gro\u0308ße",
    '"t"{0}"größe"',
    " t{0} größe ",
    "t\u00a0{0}größe\u00a0",
    """'t'{0}'größe'""",
]
ABOVE = ["Sales", "Sales{0}of{0}ours", "", '"', "t{0}größe?"]
BELOW = ["Source: an office", "Source{0}an office", '"', "Total{0}7"]
SIGNS = [(".", None), (",", None), (".", ","), (",", "."), (".", " "), (",", " "), (".", "'"), (".", "_")]


def label(time: pd.Timestamp, form: str) -> str:
    """Also what strftime has no letters for."""
    if form == "fraction":
        return f"{time.year + (time.month - 1) / 12:.4f}"
    if form == "Berlin":
        return time.tz_localize("UTC").tz_convert("Europe/Berlin").isoformat()
    if form in ("Unix", "number"):
        return str(int(time.timestamp()) if form == "Unix" else time.toordinal())
    return time.strftime(form.replace("%q", str(time.quarter)))


@st.composite
def files(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    """A well-formed file, and the keys with which it is read."""
    sep, (decimal, thousands) = draw(st.sampled_from(",;\t|")), draw(st.sampled_from(SIGNS))
    form, rows = draw(st.sampled_from(sorted(LABELS))), draw(st.integers(12, 30))
    frequency, written = LABELS[form]
    start = draw(st.dates(datetime.date(1990, 1, 1), datetime.date(2030, 1, 1)) | st.just(datetime.date(2020, 3, 28)))
    times = pd.date_range(start, periods=rows, freq=frequency)
    numbers = draw(st.lists(st.integers(-(10**8), 10**8), min_size=rows, max_size=rows, unique=True))
    signs = str.maketrans({",": thousands or "", ".": decimal})
    texts = [f"{n / 100:,.2f}".translate(signs) for n in numbers]
    mark, header = draw(st.sampled_from(MARKS)), draw(st.sampled_from(HEADERS))
    texts[draw(st.integers(1, 4))] = mark
    quoted = [f'"{text}"' if sep in text else text for text in texts]
    above, below = (
        draw(st.lists(st.sampled_from(ABOVE), max_size=3)),
        draw(st.lists(st.sampled_from(BELOW), max_size=3)),
    )
    table = [header, *(f"{label(time, written)}{{0}}{text}" for time, text in zip(times, quoted, strict=True))]
    encodings = ["utf-8", "utf-16"] if "\u0308" in header else ["utf-8", "utf-16", "cp1252"]
    keys = {"target": "größe", "missing": "interpolate", "sep": sep, "decimal": decimal, "thousands": thousands}
    keys |= {"skip_rows": len(above), "skip_footer": len(below), "encoding": draw(st.sampled_from(encodings))}
    keys |= {"time_format": written.replace("%-", "%")} if form in GIVEN else {}
    keys |= {"missing_values": [mark]} if mark in MARKS[3:] else {}
    return draw(st.sampled_from(["\n", "\r\n"])).join([*above, *table, *below]).replace("{0}", sep), keys


@FUZZ
@given(file=files())
def test_a_well_formed_file_is_read_with_its_keys(tmp_path: Path, file: tuple[str, dict[str, Any]]) -> None:
    text, keys = file
    assert prepared(tmp_path, text.encode(keys["encoding"]), keys) == ""


KEYS_OF_FILES = ["sep", "decimal", "thousands", "encoding", "skip_rows", "skip_footer", "missing", "missing_values",
                 "time_format"]  # fmt: skip
PIECES = st.just("") | st.sampled_from([*WORDS, *";,.\n\u00a0", "\n\n", "1.000,5"]) | st.text()


@FUZZ
@given(
    file=files(),
    without=st.sets(st.sampled_from(KEYS_OF_FILES)),
    spacing=st.sampled_from(["calendar", "rows"]),
    place=st.integers(0, 2000),
    cut=st.integers(0, 30),
    word=PIECES,
    without_offsets=st.booleans(),
)
def test_a_file_that_is_damaged_or_lacks_keys_is_prepared_whole_or_not_at_all(
    tmp_path: Path, file: tuple[str, dict[str, Any]], without: set[str], spacing: str, place: int, cut: int, word: str,
    without_offsets: bool,
) -> None:  # fmt: skip
    """Local times without their offsets may leave out an hour."""
    text, keys = file
    text = re.sub(r"[+-]\d\d:\d\d\b", "", text) if without_offsets else text
    place %= len(text) + 1
    damaged = text[:place] + word + text[place + cut :]
    content = damaged.encode(keys["encoding"], "replace" if keys["encoding"] == "cp1252" else "surrogatepass")
    without |= {"thousands"} if "decimal" in without else set()
    prepared(tmp_path, content, {key: of for key, of in keys.items() if key not in without} | {"spacing": spacing})


ANY_KEYS = st.fixed_dictionaries(
    {},
    optional={
        "sep": st.characters() | st.sampled_from(",;\t| .'\0\u2028"),
        "decimal": st.sampled_from(".,"),
        "thousands": st.sampled_from([*".,' _", None]),
        "encoding": st.sampled_from(["utf-8", "utf-16", "utf-16-le", "utf-32", "utf-7", "cp1252", "ascii", "cp037",
                                     "shift_jis", "idna", "unicode_escape", "punycode"]),
        "skip_rows": st.integers(0, 40) | st.just(10**30),
        "skip_footer": st.integers(0, 40) | st.just(10**30),
        "missing": st.sampled_from(["error", "interpolate", "drop"]),
        "missing_values": st.lists(st.text(max_size=3) | st.floats(allow_nan=False, allow_infinity=False), max_size=3),
        "time_format": st.lists(st.sampled_from([*(f"%{letter}" for letter in "YmdHMSyjbBpIGVuzZfWw%"), *".-/ :", "é"]),
                                max_size=9).map("".join),
        "spacing": st.sampled_from(["calendar", "rows"]),
        "time": st.sampled_from(["t", "", "1", "2", "y", None]),
        "target": st.sampled_from(["größe", "y", "2", "3", "gro\u0308ße"]),
        "features": st.lists(st.sampled_from(["1", "3", "größe"]), max_size=1),
        "series": st.sampled_from(["t", "1", "id", "größe"]),
        "minimum": st.sampled_from([0.0, -1e300, 5.0]),
        "season": st.integers(2, 30),
        "horizon": st.integers(1, 8),
    },
)  # fmt: skip


@FUZZ
@given(file=files(), keys=ANY_KEYS, content=st.none() | ROWS | SERIES, own=st.sets(st.sampled_from(KEYS_OF_FILES)))
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of Python, by escapes that it does not know
def test_with_any_keys_a_file_is_prepared_whole_or_not_at_all(
    tmp_path: Path, file: tuple[str, dict[str, Any]], keys: dict[str, Any], content: str | None, own: set[str]
) -> None:
    text, keys = content or file[0], {"target": "größe"} | {k: file[1][k] for k in own & file[1].keys()} | keys
    try:
        CsvFile.model_validate(GOOD["datasets"]["own"] | keys)
    except ValidationError:
        return
    prepared(tmp_path, text.encode(file[1]["encoding"], "replace"), keys)
