"""`manage.py prove modes`: no way of writing a setting makes what is in force weaker than a mode that is not off."""
