"""Published quality: what the program makes of meetings whose truth is known, in numbers anybody can reproduce.

`reference` reads a folder of meetings with human references, `runs` puts each through the real pipeline, `words`, `voices` and
`notes` (with `matching`, `support` and `traps`) score what came out, `report` prints it. Used by `manage.py evaluate`.
"""
