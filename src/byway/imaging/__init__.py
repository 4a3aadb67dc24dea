"""From markup with inline CSS to a PNG: what is behind `byway.og`.

The way of one image, each step a module: `markup` reads the HTML, `css` the ``style`` of each element, `sources` finds
the pictures that they name and `remote` loads those that are elsewhere, `nodes` makes of all this the tree that the
engine draws (with `tags`, `texts`, `lines` and `effects`), `fonts` says with which fonts, `engine` has it laid out and
drawn, and `png` writes the file. `response` goes this way when the answer is sent. Only `remote` and `engine` reach
beyond their arguments: one to the network, one to the layout library.
"""
