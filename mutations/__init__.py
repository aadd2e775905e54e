"""How much the tests notice: small errors are put into a copy of the project, and the nearest tests run on it."""
