"""What visitors are told before they write: our texts and organisations' own, by region and language."""
