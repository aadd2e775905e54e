"""People who use the pages: accounts, passwords, where they are logged in."""
