"""Read the addresses of the net and the replies of its mail servers: URLs, proxies, mail
addresses, public networks, and what an SMTP refusal means.  PURE."""
