"""Turn a folder of photos into a labelled data set of manipulated images: SPEC section 5."""
