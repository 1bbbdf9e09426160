"""Who speaks in a rollout: the protocol of a policy, and `open_policy` by name."""

from .base import Conversation, LocalSettings, Policy, PolicyName, Reply, ServedSettings, open_policy

__all__ = ["Conversation", "LocalSettings", "Policy", "PolicyName", "Reply", "ServedSettings", "open_policy"]
