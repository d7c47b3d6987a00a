"""The 62 scenarios of the attribution design, each a test named by its id; all texts are our own."""
