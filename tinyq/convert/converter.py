"""Keras model or int8 .tflite -> packed .tflite and report.json: the order of the passes is here."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy.typing as npt

from tinyq import __version__
from tinyq.convert.asks import Ask, Pattern, Request
from tinyq.convert.bits_rows import all_rows
from tinyq.convert.lce_rows import with_lce_rows
from tinyq.convert.passes.commute_max_pool import commute_max_pool
from tinyq.convert.passes.fold_affine import fold_affine
from tinyq.convert.passes.fold_int8_output import fold_int8_output
from tinyq.convert.passes.fold_int8_thresholds import fold_int8_thresholds
from tinyq.convert.passes.fold_shape_arithmetic import fold_shape_arithmetic
from tinyq.convert.passes.fold_space_to_batch import fold_space_to_batch
from tinyq.convert.passes.fold_thresholds import fold_thresholds
from tinyq.convert.passes.merge_requantize import merge_requantize
from tinyq.convert.passes.pack_weights import pack_weights
from tinyq.convert.passes.remove_unused_tensors import remove_unused_tensors
from tinyq.convert.report import ConvertReport, LayerReport, Totals
from tinyq.convert.stitch import Parts, named, stitch
from tinyq.convert.targets.target import Target, check_target, float_graph, int8_graph, lce_graph
from tinyq.core.errors import ConvertError, GraphError
from tinyq.core.files import check_writable, write_together
from tinyq.core.kernels import Step
from tinyq.graph import Graph, parse, serialize
from tinyq.graph.lowering import lower

Progress = Callable[[int, int], None]

REPORT_NAME = "report.json"
_CONVERTER = f"tinyq {__version__}"


def run_passes(graph: Graph, request: Request) -> tuple[Graph, tuple[LayerReport, ...]]:
    """All passes in their order.

    Returns:
        The new graph, and one row for each layer with weights.

    Raises:
        ConvertError: an ask pattern matches no layer.
        GraphError: no kernel runs an operator.
    """
    # First: what is left must be operators that kernels run, and it is refused, all at once, if it is not.
    graph = fold_shape_arithmetic(graph)
    graph = fold_space_to_batch(graph)
    lower(graph)
    # Matches asks with the filters as the stock converter left them, in its order.
    graph, rows = pack_weights(graph, request)
    # Last: what the passes before have left behind.
    graph = remove_unused_tensors(graph)
    return graph, rows


def run_bits_passes(graph: Graph) -> Graph:
    """The passes on a network with low-bit layers, as `stitch` joins it.

    Raises:
        ConvertError: codes that are no step function of a layer's sums.
    """
    # First: pooled numbers stand between a layer and its thresholds, pooled codes do not.
    graph = commute_max_pool(graph)
    # Before fold_affine, which rounds: codes must fall as the trained network's do.
    graph = fold_thresholds(graph)
    graph = fold_int8_thresholds(graph)
    # What is left becomes numbers: first the batch norms, so that QUANTIZE is next to its layer.
    graph = fold_affine(graph)
    graph = fold_int8_output(graph)
    graph = merge_requantize(graph)
    return remove_unused_tensors(graph)


def convert(  # noqa: PLR0913  (all but two are options by keyword)
    source: Path | str,
    out: Path | str,
    representative: npt.NDArray[Any] | None = None,
    asks: Sequence[str] = (),
    strict: bool = True,
    keep_int8: Path | str | None = None,
    progress: Progress | None = None,
    target: Target = "tinyq",
) -> ConvertReport:
    """Convert a model and write `out` and, beside it, report.json; all files or none.

    Args:
        source: a .keras file, of which every kernel with a quantizer is asked for; or any .tflite with full
            int8 quantization, of which every layer that becomes smaller is packed.
        out: the .tflite to write.
        representative: float32 [n, ...], inputs that are typical of the model's, for the ranges of its
            activations; for a .keras source only.
        asks: "PATTERN=SCHEME" wishes for the layers whose name matches the shell pattern, as "conv*=a8wt";
            a later one wins over an earlier one and over the quantizer; a8w8 leaves a layer as it is.
        strict: whether it is an error if what was asked cannot be stored; else it is a row of the report.
        keep_int8: where to write the int8 .tflite of the stock converter as well; for a .keras source only.
        progress: called with (samples done, samples) while calibrating.
        target: whose operators to write. "tinyq": tinyq's own, integers throughout. From a .keras source too:
            "lce", for Larq Compute Engine's interpreter as it is, in float32 and signs; "tflite", built-in
            ones for any TFLite runtime, int8 if there are `representative` data, else float32.

    Returns:
        What report.json says.

    Raises:
        ConvertError: the source is no model, a layer that was asked for cannot be packed (all of them in one
            error), a pattern matches nothing, the calibration data do not fit, or a path is wrong.
        GraphError: the .tflite is damaged, or holds what tinyq cannot run.
        TinyqError: a file cannot be written.
    """
    source, out = Path(source), Path(out)
    from_keras = source.suffix == ".keras"
    if not from_keras and (representative is not None or keep_int8):
        got = "calibration data or a place for the int8 file was given"
        raise ConvertError(str(source), got, "neither with a .tflite source: it is int8 already")
    _check_target(source, target, asks, keep_int8)
    files = _targets(source, out, keep_int8)
    patterns = tuple(Pattern.parse(text) for text in asks)
    content = _read(source)
    real = target == "lce" or (target == "tflite" and representative is None)
    exported = _Source(content)
    if from_keras:
        exported = (
            _export_float(source, representative) if real else _export(source, representative, progress)
        )
    int8 = b"" if real else exported.tflite
    try:
        graph, rows = _converted(exported, Request(exported.asks, patterns), str(source), target, real)
    except GraphError as error:
        raise exported.explained(error) from error
    if strict:
        _refuse(source, rows)
    packed = serialize(graph)
    if target == "tinyq":
        rows = _measured(rows, lower(parse(packed, str(out))))
    report = ConvertReport(
        source=source.name,
        source_sha256=_sha256(content),
        output=out.name,
        output_sha256=_sha256(packed),
        converter=_CONVERTER,
        strict=strict,
        calibration_samples=0 if real or representative is None else len(representative),
        totals=Totals.of(rows, 0 if exported.parts is not None else len(int8), file_bytes=len(packed)),
        layers=rows,
        notes=_notes(rows),
        target=target,
    )
    write_together(dict(zip(files, (packed, report.to_json(), int8), strict=False)))
    return report


def _check_target(source: Path, target: str, asks: Sequence[str], keep_int8: Path | str | None) -> None:
    """Other targets take the trained network as it is."""
    check_target(target)
    if target == "tinyq":
        return
    if source.suffix == ".tflite":
        got = f"target {target} with a .tflite source"
        raise ConvertError(str(source), got, "the .keras file that it was made from, or target tinyq")
    if asks or keep_int8:
        got = f"{'asks' if asks else 'a place for the int8 file'} with target {target}"
        raise ConvertError(str(source), got, "neither: they are for target tinyq")


def _measured(rows: Sequence[LayerReport], steps: Sequence[Step]) -> tuple[LayerReport, ...]:
    """The rows with what the kernels that run them compute."""
    by_name = {step.name: step for step in steps}
    found = [(row, by_name.get(row.name)) for row in rows]
    return tuple(
        row if step is None else replace(row, macs=step.macs, bit_operations=step.bit_operations)
        for row, step in found
    )


def _targets(source: Path, out: Path, keep_int8: Path | str | None) -> list[Path]:
    """The files to write: the packed one, the report, and maybe the int8 one."""
    if source.suffix not in (".keras", ".tflite"):
        raise ConvertError(str(source), f"suffix {source.suffix!r}", "a .keras or a .tflite file")
    if out.suffix != ".tflite":
        raise ConvertError(str(out), f"suffix {out.suffix!r}", "a name that ends in .tflite")
    report = out.with_name(REPORT_NAME)
    files = [out, report] + ([Path(keep_int8)] if keep_int8 else [])
    if len({path.resolve() for path in (source, *files)}) <= len(files):
        raise ConvertError(str(out), "two of the files read and written are the same one", "different names")
    for path in files:
        if not path.parent.is_dir():
            raise ConvertError(str(path), f"there is no folder {path.parent}", remedy="create it")
        check_writable(path)
    if report.exists() and not _is_ours(report):
        raise ConvertError(
            str(report),
            "exists, and is no report of tinyq convert",
            remedy="choose another folder for the output, or move that file away",
        )
    return files


def _is_ours(report: Path) -> bool:
    try:
        return str(json.loads(report.read_text())["converter"]).startswith("tinyq ")
    except (OSError, ValueError, KeyError, TypeError):
        return False


@dataclass(frozen=True)
class _Source:
    """An int8 .tflite with what its quantizers ask for, and the Keras layers that may not run.

    `parts` is the rest of a model with low-bit layers; the .tflite is b"" if nothing of it is int8.
    """

    tflite: bytes
    asks: tuple[Ask, ...] = ()
    unusual: tuple[str, ...] = ()
    parts: Parts | None = None

    def explained(self, error: GraphError) -> GraphError:
        """The error with the names that the model's author gave: operators carry the converter's."""
        if not self.unusual:
            return error
        got = f"{error.got}\n  Keras layers that this can come from: {', '.join(self.unusual)}"
        remedy = f"put others in their place, then train and convert again; {error.remedy}"
        return GraphError(error.where, got, error.allowed, remedy)


def _export(source: Path, representative: npt.NDArray[Any] | None, progress: Progress | None) -> _Source:
    """The stock converter's int8 .tflite, and what the model's quantizers ask for."""
    if representative is None:
        raise ConvertError(
            str(source),
            "no calibration data",
            "float32 inputs of the model, some hundred typical ones",
            "give them by --representative FILE.npy (Python: representative=array): the ranges of the int8 "
            "activations are taken from them",
        )
    from tinyq.convert.export import export_int8  # the one module with TensorFlow

    exported = export_int8(source, representative, progress)
    return _Source(exported.tflite, exported.asks, exported.unusual, exported.parts)


def _export_float(source: Path, representative: npt.NDArray[Any] | None) -> _Source:
    """The stock converter's float32 .tflite, and what the model's quantizers ask for."""
    from tinyq.convert.export import export_float  # the one module with TensorFlow

    exported = export_float(source, representative)
    return _Source(exported.tflite, exported.asks, exported.unusual, exported.parts)


def _converted(
    exported: _Source, request: Request, where: str, target: Target, real: bool
) -> tuple[Graph, tuple[LayerReport, ...]]:
    """The whole graph, and a row for each layer with weights."""
    if target != "tinyq":
        host = parse(exported.tflite, where) if exported.tflite else Graph((), (), (), ())
        made = lce_graph if target == "lce" else float_graph if real else int8_graph
        return made(host, exported.asks, exported.parts)
    if exported.parts is None:
        graph, rows = run_passes(parse(exported.tflite, where), request)
        return graph, with_lce_rows(graph, rows, request)
    graph = parse(exported.tflite, where) if exported.tflite else Graph((), (), (), ())
    host, rows = run_passes(named(graph), request)
    graph = run_bits_passes(stitch(host, exported.parts))
    return graph, all_rows(host, rows, graph, exported.parts.layers, exported.parts.refusals)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConvertError(str(path), f"cannot be read ({error.strerror or error})") from error


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _refuse(source: Path, rows: Sequence[LayerReport]) -> None:
    """One error for all layers that are not what was asked."""
    refused = [row for row in rows if row.refused]
    if not refused:
        return
    lines = [
        f"\n  {row.name}: asked {row.asked}{f' by {row.keras}' if row.keras else ''}; {row.why}"
        f"\n    what to do: {row.remedy}"
        for row in refused
    ]
    asked = sum(bool(row.asked) for row in rows)
    raise ConvertError(
        str(source), f"{len(refused)} of {asked} layers cannot be stored as asked:{''.join(lines)}"
    )


def _notes(rows: Sequence[LayerReport]) -> tuple[str, ...]:
    notes = []
    if not any(row.packed for row in rows):
        notes.append("no layer is packed: no int8 filter has so few values that it became smaller")
    if any(row.refused for row in rows):
        refused = ", ".join(row.name for row in rows if row.refused)
        notes.append(f"what strict refuses (it is off): {refused}")
    if any(row.shares for row in rows):
        notes.append("layers that share their weights are counted once in the totals, but for their macs")
    return tuple(notes)
