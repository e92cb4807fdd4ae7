# SPDX-License-Identifier: MIT
"""The signs that the lettering model can write, in the order of its outputs.

Signs that look the same on a sheet are one output: `×` is x, every spelling of the diameter sign
is Ø, `∥` is the parallelism sign that the rest of the program spells `//`.
"""

SYMBOLS = "ØØ°±µ"[1:] + "↧⌴⌵ⓂⓁⓅ⏤⏥○⌭⌒⌓∠⟂⌖◎⌯↗⌰∥□√"
LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyzÄÖÜäöüÅåß"
MARKS = " .,+-/()[]:;=#%&'\"*~@_<>!?²"

# Output 0 is CTC's blank.
ALPHABET = LETTERS + MARKS + SYMBOLS

SAME = {"×": "x", "⌀": "Ø", "ø": "Ø", "∅": "Ø", "–": "-", "−": "-", "’": "'", "”": '"', "“": '"'}


def encode(text):
    """Output numbers of a text; KeyError names a sign that is not in the alphabet."""
    return [INDEX[SAME.get(sign, sign)] for sign in text]


INDEX = {sign: number + 1 for number, sign in enumerate(ALPHABET)}
assert len(INDEX) == len(ALPHABET), "a sign stands twice in the alphabet"
