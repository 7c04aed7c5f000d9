"""`python -m leadrelay`."""

from leadrelay.cli import main

if __name__ == "__main__":
    main()
