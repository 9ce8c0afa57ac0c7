"""Comments below the posts of a Facebook page."""
