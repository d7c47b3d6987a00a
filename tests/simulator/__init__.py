"""A newsroom whose truth is known: outlets, what they write, what they take from each other and how they hide it.

Pure: a seed gives a world, the same on every run. ``outlets`` says who there is, ``prose`` what they write, ``world``
who takes what from whom, ``pages`` what a crawler sees of it, ``scores`` how near a set of lineages comes to the truth.
"""
