"""The benchmark: `make bench`. Each module measures one part and yields figures."""
