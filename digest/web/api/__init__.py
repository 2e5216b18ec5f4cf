"""The JSON API under ``/api/``: what the operator's pages do, for other people's programs.

`operations` is the one table of all there is to ask; the routes and the OpenAPI document are made
of it.  `shapes` has the types of questions and answers, of which their JSON schemas are made.
"""
