"""`tinyq train` and `tinyq convert`: a model of the zoo to a .keras file, and that to a packed .tflite."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import typer
from rich.table import Table

from tinyq.cli.commands_deploy import load_array
from tinyq.cli.console import existing, need_training_extra, out, print_json, progress
from tinyq.core.errors import ConvertError, TrainError
from tinyq.core.files import write_whole

CALIBRATION_SAMPLES = 256


def train(
    model: str = typer.Argument(..., help="A model of the zoo (digits_cnn, eeg_eegnet) or a folder like models/digits_cnn."),
    output: Path = typer.Option(..., "--out", "-o", help="The .keras file to write."),
    weights: str = typer.Option("ternary", "--weights", "-w", help="ternary, binary or float."),
    data: Path = typer.Option(None, help="Folder of your own copy of the data set, where it can be read from one."),
    seed: int = typer.Option(None, help="Seed; the recipe's unless told."),
    epochs: int = typer.Option(None, help="Epochs; the recipe's unless told."),
    dry_run: bool = typer.Option(False, "--dry-run", help="Check recipe, data and model, print the layers, train nothing."),
) -> None:
    """Train a model as its recipe.toml says; also writes calibration and test samples beside the .keras file."""
    need_training_extra()
    from tinyq.training import load_recipe, train as train_model

    if output.suffix != ".keras":
        raise TrainError(str(output), "not a .keras name", "a file name that ends in .keras")
    raise SystemExit((load_recipe, train_model, dry_run, seed, epochs, data, weights, model, np, io, npt, Any, Table, load_array, existing, print_json, progress, ConvertError, write_whole, out))
