"""What is measured, how, against whom. `make bench` prints it all; each module runs alone too."""
