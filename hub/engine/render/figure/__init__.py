"""The figure in a picture: a head modelled in three dimensions, moved by action units, and a body with arms and hands."""
