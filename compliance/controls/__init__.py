"""The watch over what runs by the clock: when each control last did its work, and what is missed or fails."""
