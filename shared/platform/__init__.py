"""The ground every domain stands on; knows no business word."""
