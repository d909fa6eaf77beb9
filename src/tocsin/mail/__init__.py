"""The edge to mail: the letters that Tocsin writes, and the drain that hands them to a mail server."""
