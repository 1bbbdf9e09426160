"""Experience: the lesson in the gap between a group's attempts, its memory, and how a teacher reads it."""
