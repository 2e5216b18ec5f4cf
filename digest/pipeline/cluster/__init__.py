"""Many workers on one database: shards of hosts, parts of mailings, and the engine that calls them.

The queue of the engine holds hints, and the tables hold the truth: a job carries ids only, and asks
the tables again whether its work is due.  So a lost job costs a tick, and a job too many costs a
look.
"""
