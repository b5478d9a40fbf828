"""Structure of a .tflite file: what the verifier lets pass, and what it refuses."""

import inspect
import re
import struct
import time
import tracemalloc

import pytest
import tflite
from graph.graph_builders import every_kind, locate, patched, small, unchecked

from tinyq.core.errors import GraphError
from tinyq.graph import parse, serialize
from tinyq.graph.schema import SCALAR_BYTES, TABLES
from tinyq.graph.verify import MAX_FILE_BYTES, verify

FILE = serialize(small())


def generated_slots(table: str) -> dict[int, tuple[str, str]]:
    """slot -> (accessor, builder's type) as the published classes have them."""
    module = inspect.getmodule(getattr(tflite, table))
    source = inspect.getsource(module)
    found = re.findall(rf"def {table}Add(\w+)\(.*\n    builder\.Prepend(\w+)Slot\((\d+),", source)
    return {int(slot): (accessor, kind) for accessor, kind, slot in found}


@pytest.mark.parametrize("table", TABLES)
def test_schema_line_agrees_with_the_published_classes(table: str) -> None:
    source = inspect.getsource(inspect.getmodule(getattr(tflite, table)))
    slots = generated_slots(table)
    assert len(TABLES[table]) == int(re.search(r"StartObject\((\d+)\)", source).group(1))
    bytes_of = {"Int8": 1, "Uint8": 1, "Bool": 1, "Int32": 4, "Uint32": 4, "Float32": 4, "Uint64": 8}
    for index, field in enumerate(TABLES[table]):
        if index not in slots:
            assert field.name == "deprecated_tag"  # the schema marks it as deprecated: no accessor
            continue
        accessor, kind = slots[index]
        assert accessor == field.accessor
        is_offset = kind == "UOffsetTRelative"
        assert is_offset == (field.vector or field.type not in SCALAR_BYTES)
        if not is_offset:
            assert bytes_of[kind] == SCALAR_BYTES[field.type]
        if field.vector:
            pattern = rf"Start{accessor}Vector\(builder, numElems\):\n    return builder.StartVector\((\d+),"
            assert int(re.search(pattern, source).group(1)) == SCALAR_BYTES.get(field.type, 4)


def test_sound_files_pass() -> None:
    verify(FILE, "sound")
    verify(serialize(every_kind()), "sound")


@pytest.mark.parametrize(
    "data", [b"", b"TFL3", b"\x00" * 7, b"\x04\0\0\0TFL2" + FILE[8:], b"PK\x03\x04" * 99]
)
def test_other_files_are_refused_by_their_first_bytes(data: bytes) -> None:
    with pytest.raises(GraphError, match="do not start like a .tflite file"):
        verify(data, "other.bin")


def test_identifier_without_a_body_is_refused() -> None:
    for root in (0, 4, 8, 2**31, 2**32 - 1):
        with pytest.raises(GraphError, match=r"file.tflite: "):
            verify(struct.pack("<I", root) + b"TFL3", "file.tflite")


def test_other_schema_version_is_refused() -> None:
    with pytest.raises(GraphError, match="schema version 4"):
        verify(unchecked(small(), Model={"version": 4}), "v4")


def test_huge_file_is_refused_before_it_is_walked() -> None:
    class Huge(bytes):
        def __len__(self) -> int:
            return MAX_FILE_BYTES + 1

    with pytest.raises(GraphError, match="at most"):
        verify(Huge(FILE), "huge")


@pytest.mark.parametrize(
    "path",
    [
        "operator_codes",
        "subgraphs",
        "buffers.1.data",
        "metadata.0.name",
        "signature_defs.0.inputs.0.name",
        "subgraphs.0.tensors",
        "subgraphs.0.inputs",
        "subgraphs.0.tensors.1.shape",
        "subgraphs.0.tensors.1.name",
        "subgraphs.0.tensors.6.quantization.scale",
        "subgraphs.0.tensors.6.quantization.zero_point",
        "subgraphs.0.operators.0.custom_options",
        "subgraphs.0.operators.1.builtin_options.new_shape",
        "subgraphs.0.operators.1.inputs",
    ],
)
@pytest.mark.parametrize("length", [len(FILE), 2**29, 2**30 + 1, 2**31, 2**32 - 1])
def test_vector_or_string_longer_than_the_file_is_refused(path: str, length: int) -> None:
    with pytest.raises(GraphError) as caught:
        verify(patched(FILE, locate(FILE, path), length), "long")
    assert path.split(".")[-1] in caught.value.where and "over the end" in caught.value.got


@pytest.mark.parametrize("path", ["subgraphs.0", "subgraphs.0.operators.1.builtin_options", "buffers.1"])
@pytest.mark.parametrize("distance", [-(2**31), -1, 1, 2**31 - 1, 2**20])
def test_table_whose_field_list_is_elsewhere_is_refused(path: str, distance: int) -> None:
    with pytest.raises(GraphError):
        verify(patched(FILE, locate(FILE, path), distance, "<i"), "vtable")


def vtable_of(table: int) -> int:
    return table - struct.unpack_from("<i", FILE, table)[0]


@pytest.mark.parametrize("offset", [1, 2, 3, 28, 32, 0x7FFC, 0xFFFC])
def test_field_outside_its_table_is_refused(offset: int) -> None:
    data = patched(FILE, vtable_of(locate(FILE, "subgraphs.0")) + 4, offset, "<H")
    with pytest.raises(GraphError, match=rf"tensors: lies at byte {offset} of a table of 24 bytes"):
        verify(data, "field")


def test_table_longer_than_the_file_is_refused() -> None:
    with pytest.raises(GraphError, match="65532 bytes at"):
        verify(patched(FILE, vtable_of(locate(FILE, "subgraphs.0")) + 2, 0xFFFC, "<H"), "long")


@pytest.mark.parametrize("odd", [0, 1])
def test_field_list_may_lie_behind_its_table_but_not_at_an_odd_place(odd: int) -> None:
    table = locate(FILE, "subgraphs.0")
    old, new = vtable_of(table), len(FILE) + odd
    size = struct.unpack_from("<H", FILE, old)[0]
    data = patched(FILE, table, table - new, "<i") + b"\0" * odd + FILE[old : old + size]
    if odd:
        with pytest.raises(GraphError, match="a table's field list at"):
            verify(data, "odd")
    else:
        verify(data, "even")


@pytest.mark.parametrize("size", [0, 2, 3, 5, 0xFFFE, 0xFFFF])
def test_field_list_of_impossible_size_is_refused(size: int) -> None:
    with pytest.raises(GraphError):
        verify(patched(FILE, vtable_of(locate(FILE, "subgraphs.0")), size, "<H"), "vtable")


def test_misaligned_number_is_refused_as_in_cpp() -> None:
    # One byte more in front of everything: offsets stay right, alignment does not.
    root = struct.unpack_from("<I", FILE, 0)[0]
    data = struct.pack("<I", root + 1) + b"TFL3\x00" + FILE[8:]
    with pytest.raises(GraphError, match="no multiple of"):
        verify(data, "shifted")


def test_string_without_its_zero_is_refused() -> None:
    at = locate(FILE, "subgraphs.0.tensors.0.name")
    length = struct.unpack_from("<I", FILE, at)[0]
    with pytest.raises(GraphError, match="closing zero"):
        verify(patched(FILE, at + 4 + length, 65, "<B"), "string")


def test_offset_to_itself_is_refused() -> None:
    at = locate(FILE, "subgraphs.0.tensors") + 4
    for offset in (0, len(FILE) - at, 2**32 - 1):
        with pytest.raises(GraphError, match="leaves the file"):
            verify(patched(FILE, at, offset), "self")


def shared_targets(count: int) -> bytes:
    """`count` operators that are all the same table, with `count` inputs: the file unfolds to its square."""
    seed = small()
    big = unchecked(seed.__class__(seed.tensors, (), (0,) * count, (9,)))

    def operators(writer: object) -> int:
        one = writer._table("Operator", inputs=writer._numbers([0] * count))
        return writer._offsets([one] * count)

    assert len(big) > 4 * count
    return unchecked(seed, SubGraph={"operators": operators})


def test_file_that_unfolds_without_end_is_refused_at_once() -> None:
    data = shared_targets(20_000)
    tracemalloc.start()
    begin = time.process_time()
    with pytest.raises(GraphError, match="unfolds without end"):
        parse(data, "bomb")
    seconds, peak = time.process_time() - begin, tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert seconds < 2 and peak < 20e6


def test_too_many_tables_are_refused_at_once() -> None:
    data = unchecked(small(), SubGraph={"operators": lambda w: w._offsets([w._table("Operator")] * 60_000)})
    begin = time.process_time()
    with pytest.raises(GraphError, match="more than 20000 tables"):
        parse(data, "tables")
    assert time.process_time() - begin < 2
