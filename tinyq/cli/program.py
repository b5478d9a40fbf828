"""All commands, and how a mistake ends one. It takes half a second to load: `tinyq.cli` does that."""

from __future__ import annotations

import sys

import typer

from tinyq import __version__
from tinyq.cli import (
    commands_boards,
    commands_deploy,
    commands_train,
    demo,
    inspect,
    package,
    plots,
    profile,
    quantize,
    stream,
    verify,
)
from tinyq.cli.console import err
from tinyq.core.errors import TinyqError

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Train binary and ternary Keras networks, pack them into TFLite, run them on microcontrollers.\n\n"
    "Each command reads a file and writes a file: train -> model.keras -> convert -> model.tflite -> emit "
    "-> C folder -> run. `tinyq demo` does it all.",
)
app.command("demo")(demo.demo)
app.command("quantize")(quantize.quantize)
app.command("train")(commands_train.train)
app.command("convert")(commands_train.convert)
app.command("inspect")(inspect.inspect)
app.command("plot-quantizers")(plots.plot_quantizers)
app.command("emit")(commands_deploy.emit)
app.command("package")(package.package)
app.command("run")(commands_deploy.run)
app.command("profile")(profile.profile)
app.command("boards")(commands_boards.boards)
app.command("fit")(commands_boards.fit)
app.command("build")(commands_boards.build)
app.command("flash")(commands_boards.flash)
app.command("stream")(stream.stream)
app.command("verify")(verify.verify)


@app.callback(invoke_without_command=True)
def version(show: bool = typer.Option(False, "--version", help="Print the version and end.")) -> None:
    """Print the version, if asked; typer calls this before every command."""
    if show:
        sys.stdout.write(f"tinyq {__version__}\n")
        raise typer.Exit


def main() -> None:
    """A user's mistake is one clear message and exit status 1, no traceback; usage errors are status 2."""
    try:
        app()
    except TinyqError as error:
        _fail(str(error))
    except OSError as error:  # a closed or full stdout, or a folder that may not be looked into
        _fail(f"{error.filename or 'standard output'}: {error.strerror or error}")


def _fail(message: str) -> None:
    err.print("error: ", style="bold red", end="")
    err.print(message, markup=False, soft_wrap=True)  # commands in it can be copied
    sys.exit(1)
