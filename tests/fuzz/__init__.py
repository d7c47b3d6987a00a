"""Readers of strangers' bytes under random bytes: ``make fuzz`` searches, the tests repeat what it found."""
