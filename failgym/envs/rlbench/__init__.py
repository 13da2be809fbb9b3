"""RLBench behind FailGym's interface; nothing of RLBench is imported in this process."""
