"""OpenAI-compatible chat: messages on the wire, and the client that sends them."""
