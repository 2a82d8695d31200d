"""From an incident to its clocks: which rules there are, what runs for which incident, who is reminded, the report."""
