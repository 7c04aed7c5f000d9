"""What is measured, how, against whom. `make bench` prints it all; each module runs alone too."""

import os

from leadrelay.cli import ALLOCATORS

for name, value in ALLOCATORS.items():
    os.environ.setdefault(name, value)  # as the command line does, before Polars and Arrow are there
