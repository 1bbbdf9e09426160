"""From verdicts to numbers: the benchmarks, their figures with intervals, and the published tables beside ours."""
