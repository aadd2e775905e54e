"""The pages for people: rooms over the same use cases as the command line, drawn on the server."""
