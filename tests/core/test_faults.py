"""tinyq.core.faults explains every fault of the firmware, and finds it behind what a board said before."""

import re

from tinyq.core.faults import FAULTS, explain, fault_at_end
from tinyq.core.resources import firmware_dir


def test_every_fault_of_the_firmware_has_a_sentence_and_no_other_has() -> None:
    text = (firmware_dir() / "include" / "tinyq" / "tq_faults.h").read_text()
    codes = [int(value) for value in re.findall(r"TQ_FAULT_\w+ = (\d+)", text)]
    assert len(codes) == len(set(codes))
    assert set(codes) == {0, *FAULTS} - {1}
    assert all(explain(code) == FAULTS[code] for code in FAULTS)


def test_the_line_counts_only_where_it_is_the_last() -> None:
    assert fault_at_end(b"\x00\xfftinyq fault 10\n") == 10
    assert fault_at_end(b"tinyq fault 10\nmore") is None
    assert fault_at_end(b"tinyq fault 1") is None
    assert fault_at_end(b"") is None
