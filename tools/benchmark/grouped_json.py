"""JSON files of numbers that tools write and people compare."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


def grouped_json(groups: Mapping[str, Mapping[str, Any]]) -> str:
    """JSON with a line a record, so that a change of one is a change of a line."""
    parts = []
    for group, records in sorted(groups.items()):
        lines = [f"{json.dumps(key)}: {json.dumps(record)}" for key, record in sorted(records.items())]
        body = ",\n".join(lines)
        parts.append(f"{json.dumps(group)}: {{\n{body}\n}}")
    return "{" + ",\n".join(parts) + "}\n"
