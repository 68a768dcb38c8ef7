"""What the reader is trained on: sources, made-up facts, rewordings, and tasks made of them."""
