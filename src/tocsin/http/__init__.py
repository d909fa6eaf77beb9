"""What the HTTP edges share: sign-in, forms, errors → status, security headers, templates and static files."""
