"""Copies as copiers make them, and texts that share words without being copies, made out of given texts."""
