"""Where a text came from: claims (what a page says), evidence, edges, chains. Pure, but for reading config data."""
