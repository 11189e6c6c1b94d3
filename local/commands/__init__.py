"""One file for each group of commands; each file declares its own `app` or plain functions."""
