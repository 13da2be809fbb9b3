"""The command line: `failgym --help`."""
