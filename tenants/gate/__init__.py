"""The staff gate: may this person be in this organisation, from here, now?

One question for pages and for open sockets, asked of facts that PostgreSQL holds: `facts` reads them, in the statement
that also says who is asking; `checks` are plain functions of them, in order, and the first that objects is the answer.
Whatever is added to the gate is a fact and a check, and every door has it.
"""
