"""The parts of Benchmarks/run; standard library only."""
