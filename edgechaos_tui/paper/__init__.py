"""The paper's figures as declared recipes, and the judging of what was trained against them.

Pure logic without Textual and without torch: what the paper published (`published`), which runs a
figure needs (`recipes`), which sessions are those runs (`evidence`), and what came of them against
the paper (`scorecard` and one `judge_*` a kind of figure).
"""
