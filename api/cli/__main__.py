"""`python -m api.cli`, the same as the command `wangge`."""

from api.cli import main

main()
