"""The networks, by the name that a weights file carries."""
