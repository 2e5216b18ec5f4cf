"""The operator's pages of `digest serve --web`: behind a login, and with ``[web.admin]`` only.

Without that table every address below ``/admin`` and ``/api`` is 404.  The configuration file stays
the truth: a page that changes a setting edits the text of the file.

A page is a function of an `AdminRequest` that returns a response; `routes` lists them all.  What
`access` has checked before: who asks, and that a change was sent by one of our own forms.
"""
