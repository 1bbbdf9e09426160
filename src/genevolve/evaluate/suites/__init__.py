"""The benchmarks; `open_suite` by name."""
