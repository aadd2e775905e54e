"""``python -m passend`` is the command line."""

from passend.cli import main

if __name__ == "__main__":
    main()
