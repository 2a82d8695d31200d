"""Who a visitor has proven to be: tokens of the organisation's site, the keys they are signed with, how far it goes."""
