"""Training pairs drawn on the fly from plain photos: hosts, donors, masks, and what comes after.

The pixels go through OpenCV, which makes these edits 4 to 50 times as fast as Pillow.
"""
