"""The retailer's own stock: files that are uploaded, from their columns to the feed's shelf."""
