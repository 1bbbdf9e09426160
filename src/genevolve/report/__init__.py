"""A run as one page that is opened from the disk: pictures first, and behind each how it came about.

Nothing is imported here, so that the terminal can share the page's readings (`report.reading`) and stay quick.
"""
