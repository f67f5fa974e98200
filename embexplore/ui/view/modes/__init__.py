"""How each question looks: its sentence, its rail, its strip, what a click does. One file a mode."""
