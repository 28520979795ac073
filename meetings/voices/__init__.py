"""Who said what, put right by people: names, merges, splits, lines given to another voice, and the way back from each."""
