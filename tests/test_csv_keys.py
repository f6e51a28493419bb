"""Mistakes in the keys that say how a CSV file is written: one line each, with the key."""

from pathlib import Path

import pytest

from own_series import GOOD, SERIES, Complaint

FORMAT = "time_format: must be a format of strptime, such as %d.%m.%Y, got "
ENCODING = "encoding: must be an encoding that Python knows, such as cp1252 or utf-16, got "

MISTAKES_IN_THE_FORM = {  # of a CSV file: what is said of it, and what is said back
    "a separator of two characters": ("sep: ';;'", r"sep: must be one character, such as ; or \t, got ';;'"),
    "no separator": ("sep: ''", r"sep: must be one character, such as ; or \t, got ''"),
    "a quote for a separator": ("sep: '\"'", r"sep: must be one character, such as ; or \t, got " + "'\"'"),
    "a separator in words": ("sep: tab", r"sep: must be one character, such as ; or \t, got 'tab'"),
    "a line break for a separator": (r'sep: "\n"', r"sep: must be one character, such as ; or \t, got '\n'"),
    "no decimal sign": ("decimal: ';'", "decimal: must be '.' or ',', got ';'"),
    "a letter of a format twice": ('time_format: "%d.%m.%d"', f"{FORMAT}'%d.%m.%d'"),
    "a format in other letters": ('time_format: "yyyy-mm-dd"', f"{FORMAT}'yyyy-mm-dd'"),
    "no mark": ("missing_values: [null]", "missing_values.0: must be text or a number, got None"),
    "a truth for a mark": ("missing_values: [true]", "missing_values.0: must be text or a number, got True"),
    "no sign between thousands": (
        "thousands: ';'",
        """thousands: must be '.', ',', ' ', "'", '\u2019' or '_', got ';'""",
    ),
    "one sign for decimals and thousands": (
        "decimal: ',', thousands: ','",
        "decimal and thousands must differ, got ',' for both",
    ),
    "the sign of decimals, though not named, for thousands": (
        "thousands: '.'",
        "decimal and thousands must differ, got '.' for both",
    ),
    "no encoding": ("encoding: klingon", f"{ENCODING}'klingon'"),
    "an encoding of bytes as bytes": ("encoding: base64", f"{ENCODING}'base64'"),
    "a half format": ("time_format: '%d.%m.%'", f"{FORMAT}'%d.%m.%'"),
    "a letter that strptime does not know": ("time_format: '%d.%Q'", f"{FORMAT}'%d.%Q'"),
    "a letter of strftime alone": ("time_format: '%-d.%m.%Y'", f"{FORMAT}'%-d.%m.%Y'"),
    "fewer lines than none": ("skip_rows: -1", "skip_rows: must be at least 0, got -1"),
    "half a line": ("skip_footer: 1.5", "skip_footer: must be a whole number, got 1.5"),
    "one mark where a list is meant": ("missing_values: '--'", "missing_values: must be a list, got '--'"),
    "no such spacing": ("spacing: days", "spacing: must be 'calendar' or 'rows', got 'days'"),
    "a minimum in words": ("minimum: none", "minimum: must be a number, got 'none'"),
    "no minimum at all": ("minimum: -.inf", "minimum: must be a finite number, got -inf"),
    "the name that pandas has": ("skiprows: 1", "skiprows: unknown key; did you mean 'skip_rows'"),
}


@pytest.mark.parametrize(("said", "message"), MISTAKES_IN_THE_FORM.values(), ids=MISTAKES_IN_THE_FORM)
def test_a_mistake_in_how_a_file_is_written_is_one_line_with_its_key(
    tmp_path: Path, complaint: Complaint, said: str, message: str
) -> None:
    got = complaint(SERIES, "target: y}", f"target: y, {said}}}")
    place = "datasets.own: " if message.startswith("decimal and") else "datasets.own."
    assert got == f"{tmp_path / 'params.yaml'}: {place}{message}"


def test_how_a_file_is_written_is_said_of_csv_files_only(complaint: Complaint) -> None:
    said = complaint(GOOD, "source: statsmodels,", "source: statsmodels, sep: ';',")
    assert said.endswith("datasets.nile.sep: unknown key")
