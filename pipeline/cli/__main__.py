"""`python -m pipeline.cli`."""

from pipeline.cli.group import main

main()
