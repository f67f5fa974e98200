"""Where the Explorer is shown outside a notebook: its own server, Panel's server, and a hub's proxy."""
