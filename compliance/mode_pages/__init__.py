"""The page of HIPAA and PCI mode, and the steps that owners and operators take alike."""
