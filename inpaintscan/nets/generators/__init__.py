"""The networks that fill or rebuild: inpainters and autoencoders."""
