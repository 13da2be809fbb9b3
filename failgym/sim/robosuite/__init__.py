"""robosuite's scenes as worlds of FailGym: its models, its controllers, its placement, and our eyes on them."""
