"""The outer loop: attempts, judgements, experience and updates, round after round, until the policy is better.

`loop.Loop` joins the parts and goes on from wherever a run folder stands; `round` is what it repeats, and `settings`
says how. Nothing is imported here, so that the settings can be read where torch is not installed.
"""
