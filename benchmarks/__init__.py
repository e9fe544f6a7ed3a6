"""Speed and memory, measured and printed; nothing is asserted, for machines differ. Compare the ratios of one run."""
