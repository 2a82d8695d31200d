"""Who a visitor has proven to be: tokens of their site, the keys these are signed with, and how far it counts."""
