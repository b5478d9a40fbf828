"""Where a network is cut: what stays in int8 for the stock converter, what becomes low-bit operators.

    int8 ─▶ cut out ─▶ [batch norm] ─▶ quantizer ─▶ low ─▶ batch norm ─▶ quantizer ─▶ low ─▶ cut in ─▶ int8

The parts exchange int8 tensors ("cuts"). Between two low-bit layers there is no cut wherever all that stands
between them works on each channel by itself, rises or falls, or is max pooling.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tinyq.convert.levels import Levels
from tinyq.convert.nodes import Network, Node, Ref

CHAIN = ("affine", "relu", "relu6", "identity")  # by channel: they can go into thresholds
_MOVES = ("identity", "max_pool", "flatten")  # codes pass through them


@dataclass(frozen=True, eq=False)
class Split:
    """A cut network.

    Args:
        host: nodes of the int8 part, in order.
        bits: nodes of the low-bit part, in order.
        cut_out: tensors that the low-bit part takes: inputs of the model, of the int8 part, or its own cuts.
        cut_in: tensors that the low-bit part gives, to the int8 part, as outputs of the model, or to itself.
    """

    host: tuple[Node, ...]
    bits: tuple[Node, ...]
    cut_out: tuple[Ref, ...]
    cut_in: tuple[Ref, ...]

    @property
    def host_inputs(self) -> tuple[Ref, ...]:
        """Tensors that the int8 part reads and does not compute."""
        made = {ref for node in self.host for ref in node.outputs}
        return tuple(dict.fromkeys(r for node in self.host for r in node.inputs if r not in made))

    def host_outputs(self, outputs: Sequence[Ref]) -> tuple[Ref, ...]:
        """Tensors that others take from the int8 part; `outputs` are those of the model."""
        made = {ref for node in self.host for ref in node.outputs}
        return tuple(dict.fromkeys(r for r in (*outputs, *self.cut_out) if r in made))


def split(network: Network) -> Split:
    """Cut a network; one without low-bit layers and quantizers is all host."""
    return _Splitter(network).split()


class _Splitter:
    def __init__(self, network: Network) -> None:
        self._network = network
        self._producers = network.producers()
        self._readers = network.readers()
        self._bits: set[Node] = set()
        self._made: set[Ref] = set()  # where the low-bit part may be cut: its results, and codes
        self._out: dict[Ref, None] = {}

    def split(self) -> Split:
        for node in self._network.nodes:
            if node.kind == "low":
                self._behind(node)
        for node in self._network.nodes:
            if node.kind == "quantizer":
                self._made.add(node.output)
                if node not in self._bits:
                    self._before(node)
        for node in self._network.nodes:
            if node.kind == "low":
                self._moves(node)
        host, cut_in = self._host()
        order = self._network.nodes
        return Split(
            tuple(node for node in order if node in host),
            tuple(node for node in order if node in self._bits),
            tuple(self._out),
            tuple(ref for node in order for ref in node.outputs if ref in cut_in),
        )

    def _behind(self, low: Node) -> None:
        """Take what follows a low-bit layer with it: as far as the next quantizers, or the next cut."""
        chain, end = self._along(low.output, CHAIN)
        self._bits.update((low, *chain))
        packed = self._to_quantizers(end)
        if packed:
            self._bits.update(packed)
        else:
            self._made.add(end)

    def _along(self, ref: Ref, kinds: Sequence[str]) -> tuple[list[Node], Ref]:
        """The nodes behind `ref` while it has one reader of these kinds; and the last one's output."""
        chain: list[Node] = []
        while True:
            readers = self._readers.get(ref, [])
            if len(readers) != 1 or readers[0] is None or readers[0].kind not in kinds:
                return chain, ref
            chain.append(readers[0])
            ref = readers[0].output

    def _to_quantizers(self, ref: Ref) -> list[Node]:
        """The nodes from `ref` to equal quantizers that are its only readers; [] if there are others."""
        found: list[Node] = []
        pooled = flat = False
        while True:
            readers = self._readers.get(ref, [])
            quantizers = [n for n in readers if n is not None and n.kind == "quantizer"]
            if quantizers and len(quantizers) == len(readers):
                fits = _equal([n.data for n in quantizers], pooled)
                fits &= not flat or all(self._dense_behind(n) for n in quantizers)
                return [*found, *quantizers] if fits else []
            node = readers[0] if len(readers) == 1 else None
            if node is None or node.kind not in (*CHAIN, "max_pool", "flatten"):
                return []
            if node.kind == "affine" and (flat or (pooled and not node.data.rising)):
                return []
            if node.kind == "max_pool" and flat:
                return []
            pooled |= node.kind == "max_pool"
            flat |= node.kind == "flatten"
            found.append(node)
            ref = node.output

    def _dense_behind(self, quantizer: Node) -> bool:
        readers = self._readers.get(quantizer.output, [])
        return all(n is not None and n.kind == "low" and n.data.operator == "dense" for n in readers)

    def _before(self, quantizer: Node) -> None:
        """Take what stands between a quantizer and the int8 part with it, but for what int8 does for free."""
        chain: list[Node] = []
        ref = quantizer.inputs[0]
        while ref not in self._made and ref in self._producers and self._producers[ref].kind in CHAIN:
            chain.insert(0, self._producers[ref])
            ref = chain[0].inputs[0]
        source = self._producers.get(ref)
        if source is not None and ref not in self._made:
            foldable = source.foldable and len(self._readers[ref]) == 1
            while chain and (chain[0].kind != "affine" or foldable):
                node = chain.pop(0)
                foldable &= node.kind == "identity"
                ref = node.output
        self._bits.update((*chain, quantizer))
        self._out[ref] = None

    def _moves(self, low: Node) -> None:
        """What stands between a quantizer and the layer that takes its codes."""
        ref = low.inputs[0]
        while (node := self._producers[ref]).kind in _MOVES:
            self._bits.add(node)
            ref = node.inputs[0]

    def _host(self) -> tuple[set[Node], set[Ref]]:
        """Nodes that the cuts and the model's outputs need from the int8 part; and the cuts into it."""
        host: set[Node] = set()
        cut_in: set[Ref] = set()
        left = [*self._network.outputs, *self._out]
        while left:
            ref = left.pop()
            node = self._producers.get(ref)
            if ref in self._made:
                cut_in.add(ref)
            elif node is not None and node not in host:
                host.add(node)
                left.extend(node.inputs)
        return host, cut_in


def _equal(found: Sequence[Levels | int], pooled: bool) -> bool:
    """Whether quantizers give the same places among their levels, which max pooling does not turn round."""
    first = found[0]
    if isinstance(first, int) or (pooled and first.reverse):
        return False
    return all(
        not isinstance(other, int)
        and (other.count, other.reverse) == (first.count, first.reverse)
        and other.thresholds.tobytes() == first.thresholds.tobytes()
        for other in found
    )
