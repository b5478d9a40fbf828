"""atheris (libFuzzer): any bytes as a .tflite file; the reader gives a sound graph or a GraphError.

python tests/graph/fuzz_reader.py [CORPUS] [-runs=100000] [-seed=1]: libFuzzer's own options
"""

from __future__ import annotations

import sys
from pathlib import Path


def main() -> None:
    """Files from which changes start are written to the corpus first."""
    import atheris

    sys.path[:0] = [str(Path(__file__).parent.parent)]
    with atheris.instrument_imports(include=["tinyq", "flatbuffers", "tflite"]):
        from graph.test_graph_fuzz import FILES, judge
    folders = [Path(word) for word in sys.argv[1:] if not word.startswith("-")]
    for folder in folders[:1]:
        folder.mkdir(parents=True, exist_ok=True)
        for number, content in enumerate(FILES):
            (folder / f"seed_{number}").write_bytes(content)
    atheris.Setup(sys.argv, judge)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
