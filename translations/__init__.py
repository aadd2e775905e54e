"""The catalogues of passend's messages, one folder a language, and what keeps them complete."""
