"""E-mail from template to the answer of the mail server, and what comes back later: bounces and complaints."""
