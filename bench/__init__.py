"""What is measured, how, against whom. `make bench` prints it all; each module runs alone too."""

import os

from leadrelay.cli import ALLOCATOR

os.environ.setdefault(*ALLOCATOR)  # as the command line does, before Polars is there
