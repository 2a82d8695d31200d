"""Where an organisation's people work from: networks, the rule made of them, and what a change would have done."""
