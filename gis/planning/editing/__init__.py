"""Editing a draft: the working copy, and each operation as a delta that can be turned round."""
