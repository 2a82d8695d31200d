"""Training of an organisation's people: courses, whom they are asked of, and what was done.

`course` reads what a course says, the product's own or an organisation's; `catalogue` knows which there are;
`assigning` keeps the duties that the gate looks at (`tenants.gate`); `standing` tells how people stand.
"""
