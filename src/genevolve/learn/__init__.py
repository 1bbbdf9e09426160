"""The mathematics of learning: rewards to advantages, log-probabilities, losses, and what trains with them.

Learning sees records and tensors, never a server. Nothing is imported here, so that the settings
(`learn.config`) can be read where torch is not installed; take each function from its module.
"""
