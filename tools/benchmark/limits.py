"""The least instructions per MAC of each scheme on each core, and how close the kernels are."""

from __future__ import annotations

from benchmark.measure import Row
from benchmark.tables import header

# (board, scheme) -> least instructions per MAC with the best method known, and what they are, for 64 channels
# in and out and a window of 3x3. Loads and indices are in it; building tables and rescaling is not.
M4, M0, M55, ARM64 = "qemu_cortex_m4", "qemu_cortex_m0", "qemu_cortex_m55", "qemu_arm64"
LIMITS = {
    (M4, "a8w8"): (
        0.75,
        "SMLAD: 2 MACs, 0.50; widened operands, 4 positions x 2 channels: 0.25",
    ),
    (M4, "a8wt"): (
        0.37,
        "tables of 81 sums for 4 weights, 4 lanes: index, LDRD, 2 SADD16 for 16 MACs: 0.25; tables 0.12",
    ),
    (M4, "a8w1"): (0.29, "the same with 16 sums: 0.25; tables 0.04"),
    (M4, "a1w1"): (
        0.124,
        "32 positions a word, tables of triples: 0.66 full adders of 5 a word, and 0.67 loads",
    ),
    (M4, "atwt"): (0.19, "the same with three-bit sums: a full adder a word, and one load"),
    (M4, "a2w2"): (0.50, "four times a1w1: each plane with each plane"),
    (M0, "a8w8"): (2.5, "inputs as words: LDM of 4, a weight's load, MULS and ADDS for each of 4 MACs"),
    (M0, "a8wt"): (0.50, "tables of 27 sums for 3 weights, 4 lanes: index 2, LDM 2, ADDS 2 for 12 MACs"),
    (M0, "a1w1"): (0.19, "as on the M4 with two-operand instructions: 7 an adder, 1.3 loads a word"),
    (M55, "a8w8"): (0.12, "VMLADAV: 16 MACs, 0.063; 3 positions x 2 filters: 5 loads for 6 of them"),
    (M55, "a8wt"): (0.12, "weights expanded once a layer, then as a8w8"),
    (M55, "a1w1"): (0.025, "nibbles of 64 positions: 14 for 4 bits of 3 weights, and 5 to find them"),
    (ARM64, "a8w8"): (
        0.23,
        "SMULL, SMLAL2, SADALP for 16 MACs: 0.19; loads 0.04 (no dot-product instruction)",
    ),
    (ARM64, "a8wt"): (
        0.05,
        "tables of 81 sums for 4 weights: 16 ADD, 4 loads, index 2 for 128 lanes: 0.043; tables 0.007",
    ),
    (ARM64, "a1w1"): (
        0.0208,
        "128 positions a vector: 0.66 adders of 3 (BSL), 0.67 loads; EOR, CNT, ADD: 0.0234",
    ),
}
# (row, scheme) on the Cortex-M4 -> least instructions of the whole of it, and the sum that they are.
WHOLE = {
    ("MI-BMInet 22x750", "a8wt"): (
        1_300_000,
        "54,000 outputs at 8.25: 0.45 M; 1.58 M MACs of rows at 12 for 36: 0.53 M; 0.62 M other MACs at 11"
        " for 32: 0.21 M; inputs widened and pooled: 0.12 M",
    ),
}
LAYER = "conv 3x3, 16x16x64 -> 64"
TEXT = f"""## The limit

The least instructions per MAC that a method known to us needs in its inner loop, and what the whole layer
takes ({LAYER}). M7 and M33 have the M4's
instructions; the M3 has no SMLAD and no SADD16.

- *int8.* A multiplication of two lanes is half an instruction a MAC on a core with SMLAD; the rest is how
  few loads can feed it. A tile of p positions and c channels loads (p + c) / 2pc operands a MAC, and 13
  registers hold no more than 4 x 2 with its operands. Weights and activations have to be widened to 16
  bits: once a layer, not once a use.
- *Ternary and binary weights.* Without multiplication: a table of all signed sums of g inputs, for 4
  positions in the lanes of two words, is built once and serves all output channels: an index, a load, two
  additions for 4g MACs. Building takes 3 instructions for half of the 3^g (2^g) sums. For 64 channels g = 4
  is the best; g = 3 where there are fewer. Skipping zeros (a third of random ternary weights) saves less:
  each other one costs an addition for two positions.
- *Filters of one row of a channel*, on cores with SMLAL. Two neighbours of the input in a word, times three
  ternary taps in another one: six products, 15 bits apart; 9 instructions for 36 MACs with their loads. Times
  two int8 taps: four products, 21 bits apart; 13 for 36. Parts that end in another word are carried over.
- *Packed activations.* Without a popcount instruction, XOR and a count take about a third of an instruction
  a MAC. With 32 outputs (dense layers) or positions in a word, a full adder takes three words to two in five
  instructions. A dense layer adds only the words of inputs that are 1, as the sum of all weights is known:
  0.5 N full adders, and 1.5 loads for each, 0.10 a MAC; 1.3 N for ternary codes, 0.27; finding these inputs
  takes 6 for each, once for all outputs. For positions, a table of three inputs' sums for all weights leaves
  N/3 words of weight 1 and as many of weight 2: 0.66 N full adders in all, and a double load and an index
  for each three. The threshold is a comparison of a few words a channel.
- *Packed activations on the M55.* Tables of four bits for 64 positions are laid for each tap, or, of few
  channels, once for all taps. Three look-ups are 17 instructions for 768 MACs; the ends of a filter's sums
  take 12 for 64 positions, their thresholds 13: of three channels and nine taps 76 for 1,728 MACs. Filters
  that see few bits go sixteen to a vector instead: up to ten bits a look-up, and the sum of two to four of
  them is compared as it is. Making tables and places is most of it then; where positions are few, as in
  EEGNet's pointwise layer (140 of 16 channels: 0.05 a MAC is 1,792 instructions), it is more than the whole
  may take. A dense layer would use a table once: each byte looks its ones up, four instructions for 128 MACs.
  Looking up sixteen bytes is one of them, but a core may well load them one by one, in many cycles.
- *Two bits.* Every plane of the input meets every plane of the weights: four times one bit; no method known
  to us is better.
"""


def limits_section(rows: list[Row]) -> str:
    """The section of docs/performance.md."""
    found = {(row.board, row.scheme): row for row in rows if row.layer == LAYER and row.suffix != "ref"}
    lines = []
    for (board, scheme), (least, words) in LIMITS.items():
        row = found.get((board, scheme))
        cells = [board.removeprefix("qemu_"), scheme, f"{least:g}", words]
        cells += [f"{row.per_mac:.3f}", f"{row.per_mac / least:.2f} x"] if row else ["", ""]
        lines.append(f"| {' | '.join(cells)} |")
    columns = ("core", "scheme", "limit per MAC", "what it is", "whole layer", "of the limit")
    return "\n".join([TEXT, *header(columns), *lines, "", *_whole(rows)])


def _whole(rows: list[Row]) -> list[str]:
    """The same for what misses a target, added up."""
    found = {(row.layer, row.scheme): row for row in rows if row.board == M4 and row.suffix != "ref"}
    lines = []
    for (what, scheme), (least, words) in WHOLE.items():
        if row := found.get((what, scheme)):
            counted = f"{row.instructions:,} | {row.instructions / least:.2f} x"
            lines.append(f"| {what} | {scheme} | {least:,} | {words} | {counted} |")
    columns = ("Cortex-M4", "scheme", "limit", "what it is", "instructions", "of the limit")
    return ["Added up, for what misses its target in the tables above:", "", *header(columns), *lines, ""]
