"""Devices: browsers that prove by a key of their own that they are the ones their owner was let in with."""
