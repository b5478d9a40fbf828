"""The plan of the application `stream` as C: two files beside its main.c."""

from __future__ import annotations

from tinyq.core.stream_plan import StreamPlan
from tinyq.emit.text_templates import text_templates


def stream_files(plan: StreamPlan) -> dict[str, str]:
    """Path in the emitted folder -> text."""
    names = sorted(name.removesuffix(".j2") for name in _ENVIRONMENT.list_templates())
    texts = [_ENVIRONMENT.get_template(f"{name}.j2").render(plan=plan) for name in names]
    return {f"apps/stream/{name}": text for name, text in zip(names, texts, strict=True)}


_ENVIRONMENT = text_templates("templates_stream")
