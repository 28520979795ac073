"""Finding moments in all meetings a person may see: `terms` cuts words, `index` keeps the copy true, `find` answers."""
