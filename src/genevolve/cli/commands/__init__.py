"""One module a command. A signature imports nothing heavy; what does the work is imported when it is called."""
