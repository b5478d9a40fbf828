"""The report: sums, and the text of report.json."""

import json
from dataclasses import replace
from typing import Any

from tinyq.convert.report import ConvertReport, LayerReport, Totals


def row(name: str, **changes: Any) -> LayerReport:
    base = LayerReport(name, "CONV_2D", "", "", "a8wt", 101, 21, 20, "because", macs=1000)
    return replace(base, **changes)


def report(*rows: LayerReport) -> ConvertReport:
    totals = Totals.of(rows, int8_file_bytes=900, file_bytes=500)
    return ConvertReport("a.keras", "00", "a.tflite", "11", "tinyq 0", True, 9, totals, rows, ("note",))


def test_bits_count_the_tail_of_the_last_byte() -> None:
    assert row("a").bits == 8 * 21 / 101
    assert row("a", weights=0, weight_bytes=0).bits == 0


def test_shared_weights_count_once_and_macs_every_time() -> None:
    totals = Totals.of((row("a"), row("b", shares="a"), row("c")), 900, 500)
    assert totals == Totals(202, 808, 202, 42, 40, 3000, 0, 900, 500)


def test_json_holds_every_field_of_every_layer() -> None:
    found = json.loads(report(row("a"), row("b", asked="a8w1", refused=True)).to_json())
    assert found["schema_version"] == 1
    assert found["totals"]["stored_bytes"] == 42
    assert [layer["name"] for layer in found["layers"]] == ["a", "b"]
    assert set(found["layers"][0]) == {*LayerReport.__dataclass_fields__, "bits"}
    assert found["layers"][0]["bits"] == 1.6634
    assert found["notes"] == ["note"]


def test_equal_reports_are_equal_texts() -> None:
    assert report(row("a")).to_json() == report(row("a")).to_json()
