"""Tools for assistants (Model Context Protocol): they look, ask and prepare; they never send."""
