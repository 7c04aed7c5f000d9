"""The pure core: values in, values out. No clock, network, file, log or random."""
