"""How well known campaigns were found."""
