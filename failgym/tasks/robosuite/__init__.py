"""robosuite's tasks: their instructions, plans and predicates, one file each."""
