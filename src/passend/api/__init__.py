"""The interface for shops and programs, over HTTP: thin, one line a use case."""
