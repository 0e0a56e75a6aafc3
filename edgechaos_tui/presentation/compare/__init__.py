"""The comparison of several runs: common axis, results, table, landmarks, playback."""
