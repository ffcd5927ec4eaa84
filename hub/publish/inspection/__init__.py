"""What a published folder is, read from the folder alone: its rows, whether its gates hold, how two of them differ. Works on anybody's."""
