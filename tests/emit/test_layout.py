"""tinyq.emit.layout: what lives when, what shares memory, what is refused."""

import numpy as np
import pytest
from deploy_nets import NETS, Net, binary_net, ternary_net, two_input_net

from tinyq.core.errors import EmitError
from tinyq.emit.layout import Layout, Stripes, lay_out
from tinyq.emit.tensors import scratch_key, tensor_key
from tinyq.graph import Graph
from tinyq.graph.lowering import lower


def laid_out(graph: Graph) -> Layout:
    return lay_out(graph, lower(graph))


def life(layout: Layout, key: str) -> tuple[int, int]:
    buffer = next(p.buffer for p in layout.plan.placements if p.buffer.key == key)
    return buffer.first, buffer.last


@pytest.mark.parametrize("stripes", Stripes)
@pytest.mark.parametrize("name", NETS)
def test_a_step_reads_and_writes_and_scratches_in_different_places(name: str, stripes: Stripes) -> None:
    graph = NETS[name]()
    layout = lay_out(graph, lower(graph), stripes=stripes)
    sizes = {p.buffer.key: p.buffer.bytes for p in layout.plan.placements}
    for step in layout.steps:
        taken: list[tuple[int, int]] = []
        for tensor in {layout.owner(t) for t in (*step.inputs, step.output)}:
            if layout.constant(tensor) is None:
                key = tensor_key(layout.graph, tensor)
                shared = key == dict(layout.plan.shared).get(tensor_key(graph, layout.owner(step.inputs[0])))
                if not (shared and tensor == layout.owner(step.output)):
                    taken.append((layout.offset(tensor), sizes[key]))
        scratch = layout.scratch_offset(step)
        if scratch is not None:
            taken.append((scratch, sizes[scratch_key(step)]))
        taken.sort()
        assert all(a + size <= b for (a, size), (b, _) in zip(taken, taken[1:], strict=False))


def test_an_output_takes_the_place_of_an_input_that_nobody_needs_any_more() -> None:
    net = Net(0)
    x = net.dense(net.input(1, 64), 32)
    y = net.op("RELU", [x], (1, 32), (0.1, 0))
    z = net.op("ADD", [y, x], (1, 32), (0.1, 0), fused_activation_function="NONE")
    layout = laid_out(net.graph(z))
    assert layout.offset(y) != layout.offset(x)  # x is read again
    assert layout.offset(z) in (layout.offset(x), layout.offset(y))
    assert layout.plan.arena_bytes == layout.plan.lower_bound == 96
    plain = lay_out(net.graph(z), lower(net.graph(z)), in_place=False)
    assert len({plain.offset(tensor) for tensor in (x, y, z)}) == 3


def test_an_output_of_the_model_is_not_written_over() -> None:
    net = Net(0)
    x = net.dense(net.input(1, 64), 32)
    y = net.op("RELU", [x], (1, 32), (0.1, 0))
    layout = laid_out(net.graph(x, y))
    assert layout.offset(x) != layout.offset(y)


def test_a_reshape_is_no_layer_and_shares_memory() -> None:
    graph = ternary_net()
    layout = laid_out(graph)
    reshape = next(op for op in graph.operators if op.kind == "RESHAPE")
    assert len(layout.steps) == len(graph.operators) - 1
    assert layout.offset(reshape.outputs[0]) == layout.offset(reshape.inputs[0])


def test_a_chain_of_reshapes_has_one_owner_whose_life_spans_them() -> None:
    net = Net(0)
    x = net.dense(net.input(1, 8), 8)
    y = net.reshape(net.reshape(x, 2, 4), 4, 2)
    z = net.dense(y, 3)
    layout = laid_out(net.graph(z))
    assert layout.owner(y) == x
    assert life(layout, tensor_key(layout.graph, x)) == (0, 1)


def test_all_inputs_live_from_the_start_and_outputs_to_the_end() -> None:
    graph = two_input_net()
    layout = laid_out(graph)
    for index in graph.inputs:
        assert life(layout, tensor_key(graph, layout.owner(index)))[0] == 0
    for index in graph.outputs:
        assert life(layout, tensor_key(graph, layout.owner(index)))[1] == len(layout.steps) - 1


def test_an_output_that_is_read_again_is_kept() -> None:
    graph = binary_net()
    layout = laid_out(graph)
    second = graph.outputs[1]
    assert life(layout, tensor_key(graph, second)) == (1, len(layout.steps) - 1)


def test_an_input_that_nobody_reads_does_not_overlap_the_others() -> None:
    net = Net(0)
    used, unused = net.input(1, 8), net.input(1, 64)
    layout = laid_out(net.graph(net.dense(used, 4)))
    assert abs(layout.offset(used) - layout.offset(unused)) >= 8
    assert life(layout, tensor_key(layout.graph, unused)) == (0, 0)


def test_constant_operands_take_no_arena() -> None:
    net = Net(0)
    x = net.input(1, 4)
    table = net.constant(np.ones((1, 4), np.int8), (0.05, 0))
    y = net.op("ADD", [x, table], (1, 4), (0.1, 0), fused_activation_function="NONE")
    layout = laid_out(net.graph(y))
    assert layout.plan.arena_bytes == 8
    assert layout.constant(table) is layout.graph.tensors[table]


def test_a_model_that_computes_nothing_is_refused() -> None:
    net = Net(0)
    x = net.input(1, 4)
    with pytest.raises(EmitError, match="computes nothing"):
        laid_out(net.graph(net.reshape(x, 2, 2)))
