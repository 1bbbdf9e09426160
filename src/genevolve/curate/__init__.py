"""Where requests come from: benchmark files, and recipes."""
