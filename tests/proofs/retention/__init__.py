"""What is past its time goes, what is held stays, and a run that was killed ends the same."""
