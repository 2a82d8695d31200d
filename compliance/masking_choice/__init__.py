"""What an organisation can choose to mask: the choice, its words, a trial of what it adds. Knows no row and no mode."""

from compliance.masking_choice.choice import MAX_EXEMPT, MaskingChoice, OwnRule, admit_exempt, admit_rule

__all__ = ["MAX_EXEMPT", "MaskingChoice", "OwnRule", "admit_exempt", "admit_rule"]
