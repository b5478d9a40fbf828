"""Tensors that nobody reads or writes leave the graph; all numbers follow."""

from dataclasses import replace

import numpy as np
from convert.int8_net import CONV, DENSE, Int8Net, one_layer, random_filter, random_inputs

from tinyq.convert.passes.remove_unused_tensors import remove_unused_tensors
from tinyq.evaluate.interpreter import Interpreter
from tinyq.graph import ABSENT, Graph, Tensor, serialize
from tinyq.graph.checks import check_graph

TERNARY = (-1, 0, 1)


def with_junk(graph: Graph) -> Graph:
    """A tensor that nobody uses in front of all others: every index moves."""

    def moved(indices: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(i if i == ABSENT else i + 1 for i in indices)

    junk = Tensor("junk", (1000,), "int8", None, np.arange(1000).astype(np.int8))
    return replace(
        graph,
        tensors=(junk, *graph.tensors),
        operators=tuple(
            replace(o, inputs=moved(o.inputs), outputs=moved(o.outputs)) for o in graph.operators
        ),
        inputs=moved(graph.inputs),
        outputs=moved(graph.outputs),
        signatures={
            key: tuple({name: i + 1 for name, i in ends.items()} for ends in both)
            for key, both in graph.signatures.items()
        },
    )


def two_layers() -> Graph:
    rng = np.random.default_rng(0)
    net = Int8Net(0)
    net.layer(CONV, random_filter(rng, CONV, TERNARY), "first")
    net.layer(CONV, (rng.choice(TERNARY, (3, 1, 1, 5)) * 127).astype(np.int8), "second")
    return net.graph()


def test_unused_tensors_go_and_outputs_stay() -> None:
    graph = two_layers()
    junky = with_junk(graph)
    cleaned = remove_unused_tensors(junky)
    check_graph(cleaned, "cleaned")
    assert [t.name for t in cleaned.tensors] == [t.name for t in graph.tensors]
    assert len(serialize(junky)) - len(serialize(cleaned)) > 1000
    assert cleaned.signatures == graph.signatures
    sample = random_inputs(graph, 2)[1]
    np.testing.assert_array_equal(Interpreter(cleaned).run(sample)[0], Interpreter(junky).run(sample)[0])


def test_a_graph_without_unused_tensors_is_the_same_file() -> None:
    graph = two_layers()
    assert serialize(remove_unused_tensors(graph)) == serialize(graph)


def test_an_absent_bias_stays_absent() -> None:
    graph = one_layer(DENSE, random_filter(np.random.default_rng(1), DENSE, TERNARY), bias=False)
    operator = replace(graph.operators[0], inputs=(*graph.operators[0].inputs, ABSENT))
    cleaned = remove_unused_tensors(with_junk(replace(graph, operators=(operator,))))
    assert cleaned.operators[0].inputs == operator.inputs


def test_what_only_a_signature_or_the_interface_names_is_kept() -> None:
    graph = two_layers()
    lonely = Tensor("lonely", (1,), "int8", graph.tensors[0].quantization)
    last = len(graph.tensors)
    graph = replace(graph, tensors=(*graph.tensors, lonely), inputs=(*graph.inputs, last))
    assert remove_unused_tensors(graph).tensors[-1].name == "lonely"
    graph = replace(graph, inputs=graph.inputs[:1], signatures={"key": ({"a": last}, {"b": last - 1})})
    cleaned = remove_unused_tensors(graph)
    assert cleaned.tensors[cleaned.signatures["key"][0]["a"]].name == "lonely"
