"""``byway dev``: serves an app's sources, loads them anew when they change, and shows what is wrong with them."""
