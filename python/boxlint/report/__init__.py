"""What `boxlint.check` returns, and the forms it is written in."""
