"""The reproduction of the paper's figures, without Textual and torch.

`published_values` holds what the paper states, `recipes` the runs that each figure needs,
`evidence` the sessions that are these runs, and `judges` compare them with the paper: one line of a
`scorecard` for each statement.
"""
