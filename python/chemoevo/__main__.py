"""`python -m chemoevo`."""

from chemoevo.cli.main import main

if __name__ == "__main__":
    main()
