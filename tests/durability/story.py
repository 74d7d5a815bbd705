# SPDX-License-Identifier: Apache-2.0
"""
The recorded process: `python -m tests.durability.story PLACE offices|departments [HABIT]`.

In PLACE it finds cast/ and papers, works in PLACE/disk, and leaves the broker's parcels behind. A
HABIT is one broken habit of `habits`, by which the tests show that they would notice it.
"""

from __future__ import annotations

import pickle
import sys
from pathlib import Path

from tests.durability import departments, offices
from tests.durability.habits import HABITS
from tests.durability.journal import mark


def main(place: Path, story: str, habit: str = "") -> None:
    if habit:
        HABITS[habit]()
    papers = pickle.loads((place / "papers").read_bytes())
    if story == "offices":
        node = offices.send_everything(place / "disk", offices.read_cast(place / "cast"), papers, mark)
    else:
        node = departments.send_everything(place / "disk", papers, mark)
    node.save(place / "parcels")


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
