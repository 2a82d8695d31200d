"""Secure forms: what is asked, what a sealed answer looks like, and where it waits. Nothing here can open one."""
