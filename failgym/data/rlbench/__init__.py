"""RLBench's saved demonstrations: what reader and writer share."""
