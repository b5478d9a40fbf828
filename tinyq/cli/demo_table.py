"""The demo's tables: accuracy, sizes and instructions in one, layers in another."""

from __future__ import annotations

from typing import Any

from rich.table import Table

from tinyq.cli.console import out

Facts = dict[str, Any]


def print_tables(facts: Facts) -> None:
    """Print what `--json` writes."""
    out.print(f"\ndata: {facts['data']}\nsplit: {facts['split']}")
    out.print(_overview(facts))
    out.print(_layers(facts["nets"]["int8"], facts["nets"]["ternary"]))
    out.print(
        f"{facts['identical']:,} of {facts['samples']:,} outputs identical to the reference "
        f"(every test sample, int8 and ternary net, on {facts['board']})\n"
        f"files in {facts['folder']}/; {facts['wall_s']:.0f} s in all"
    )


def _overview(facts: Facts) -> Table:
    table = Table(title="the same net, with float, int8 and ternary weights", title_justify="left")
    table.add_column("")
    for column in ("accuracy %", "weight bytes", "flash", "RAM", "instructions"):
        table.add_column(column, justify="right")
    int8, ternary = facts["nets"]["int8"], facts["nets"]["ternary"]
    accuracy = {key: f"{100 * value:.2f}" for key, value in facts["accuracy"].items()}
    board = facts["board"]
    table.add_row("Keras float", accuracy["keras_float"], f"{4 * int8['weights']:,}")
    table.add_row("Keras ternary", accuracy["keras_ternary"])
    table.add_row(
        "stock int8 TFLite (of the float net)", accuracy["int8_tflite"], f"{int8['weight_bytes']:,}"
    )
    table.add_row(f"  its int8 on {board}", "", f"{int8['weight_bytes']:,}", *_on_board(int8))
    table.add_row("tinyq ternary, NumPy reference", accuracy["reference"], f"{ternary['weight_bytes']:,}")
    table.add_row(
        f"tinyq ternary on {board}", accuracy["board"], f"{ternary['weight_bytes']:,}", *_on_board(ternary)
    )
    if "footprint" in ternary:
        code, check = ternary["footprint"]["runtime_code_bytes"], ternary["footprint"]["flash"]["check"]
        table.caption = (
            f"flash: text + data; of the ternary one, {code:,} bytes are runtime code (all but weights, C "
            f"library, and {check:,} of the check at start). RAM: arena + measured stack; ternary "
            f"{ternary['arena_bytes']:,} + {ternary['stack_bytes']:,}, int8 {int8['arena_bytes']:,} + "
            f"{int8['stack_bytes']:,} bytes."
        )
        table.caption_justify = "left"
    return table


def _on_board(net: Facts) -> tuple[str, str, str]:
    flash = f"{net['footprint']['flash_bytes']:,}" if "footprint" in net else "-"
    ram = f"{net['arena_bytes'] + net['stack_bytes']:,}" if net["stack_bytes"] is not None else "-"
    count = f"{net['instructions_per_inference']:,}" if "instructions_per_inference" in net else "-"
    return flash, ram, count


def _layers(int8: Facts, ternary: Facts) -> Table:
    unit = "instructions" if "instructions_per_inference" in ternary else f"ticks ({ternary['tick']})"
    key = "instructions" if unit == "instructions" else "ticks"
    table = Table(title=f"layers: {unit} of the first test sample", title_justify="left")
    table.add_column("layer", no_wrap=True)
    table.add_column("kernel", no_wrap=True)
    for column in ("MACs", "bits", "bytes", "int8", "ternary", "per MAC"):
        table.add_column(column, justify="right")
    # Both nets have the same layers; names can differ where the int8 converter fuses differently.
    before = (
        int8["layers"] if len(int8["layers"]) == len(ternary["layers"]) else [{}] * len(ternary["layers"])
    )
    for layer, twin in zip(ternary["layers"], before, strict=True):
        macs, weights = layer["macs"], layer["weights"]
        table.add_row(
            *(layer["name"], layer["kernel"], f"{macs:,}" if macs else ""),
            *((f"{layer['bits_per_weight']:.2f}", f"{layer['weight_bytes']:,}") if weights else ("", "")),
            f"{twin[key]:,}" if twin else "-",
            f"{layer[key]:,}",
            f"{layer[key] / macs:.2f}" if macs else "",
        )
    return table
