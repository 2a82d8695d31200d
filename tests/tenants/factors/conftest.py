"""Second factors beyond the first sign-in."""

FACTOR, PAGE, CODES = "/sign-in/factor/", "/account/security/", "/account/security/backup-codes/"
