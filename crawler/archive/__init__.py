"""What was fetched, byte for byte, in WARC files: the evidence that everything else is derived from."""
