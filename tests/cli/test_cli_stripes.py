"""`--stripes` of emit and inspect."""

import json
from pathlib import Path

import pytest
from command import call
from stripe_nets import eegnet

from tinyq.graph import write


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "eegnet.tflite"
    write(eegnet(400, 12), path)
    return path


def test_emit_says_in_the_manifest_what_is_done_tile_by_tile(model, tmp_path, monkeypatch):
    arenas = {}
    for mode in ("off", "auto", "smallest"):
        out = tmp_path / mode
        assert call(monkeypatch, "emit", model, "-b", "qemu_cortex_m4", "-o", out, "--stripes", mode) == 0
        manifest = json.loads((out / "model.json").read_text())
        arenas[mode] = manifest["arena_bytes"]
        source = (out / "model.c").read_text()
        assert bool(manifest["stripes"]) == (mode != "off") == ("tq_tile_at(" in source)
    assert arenas["smallest"] <= arenas["auto"] < arenas["off"]
    assert manifest["stripes"][0] == {"first": 0, "last": 3, "axis": "w", "tiles": 100}


def test_inspect_prints_both_arenas_and_the_layers_that_take_turns(model, monkeypatch, capsys):
    assert call(monkeypatch, "inspect", model, "--stripes", "smallest") == 0
    printed = " ".join(capsys.readouterr().out.split())
    assert "no plan can need less than" in printed and "none in another's place" in printed
    assert "tiles of columns, nothing computed twice, 0 bytes moved" in printed
    assert call(monkeypatch, "inspect", model, "--stripes", "off", "--json") == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["stripes"] == []
    assert facts["totals"]["arena_bytes"] == facts["totals"]["arena_plain_bytes"]


def test_another_word_is_a_usage_error(model, monkeypatch):
    assert call(monkeypatch, "inspect", model, "--stripes", "some") == 2
