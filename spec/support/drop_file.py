#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Drops a file on a window, as a file manager does (XDND, version 5).

drop_file.py TITLE FILE    waits for the window; ends when it has taken the file
"""

import pathlib
import sys
import time

from Xlib import X, display
from Xlib.protocol import event

SECONDS = 20

d = display.Display()
root = d.screen().root
own = root.create_window(0, 0, 1, 1, 0, X.CopyFromParent)
atom = d.intern_atom


def search(window, title):
    """The window of a title that takes what is dropped."""
    if window.get_wm_name() == title and window.get_full_property(atom("XdndAware"), X.AnyPropertyType):
        return window
    for child in window.query_tree().children:
        found = search(child, title)
        if found:
            return found
    return None


def wait_for_window(title):
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        found = search(root, title)
        if found:
            return found
        time.sleep(0.05)
    sys.exit(f"there is no window '{title}' that takes files")


def tell(target, name, data):
    message = event.ClientMessage(window=target, client_type=atom(name), data=(32, [own.id, *data]))
    target.send_event(message)
    d.flush()


def give(request, uri):
    """Answers who asks for what is dragged."""
    request.requestor.change_property(request.property, request.target, 8, uri)
    request.requestor.send_event(event.SelectionNotify(
        time=request.time, requestor=request.requestor, selection=request.selection,
        target=request.target, property=request.property))
    d.flush()


def drop(title, path):
    uri = (pathlib.Path(path).resolve().as_uri() + "\r\n").encode()
    target = wait_for_window(title)
    own.set_selection_owner(atom("XdndSelection"), X.CurrentTime)
    corner = target.translate_coords(root, 0, 0)
    place = (-corner.x + 100) << 16 | (-corner.y + 100)
    tell(target, "XdndEnter", [5 << 24, atom("text/uri-list"), X.NONE, X.NONE])
    tell(target, "XdndPosition", [0, place, X.CurrentTime, atom("XdndActionCopy")])
    while True:
        came = d.next_event()
        if came.type == X.SelectionRequest:
            give(came, uri)
        elif came.type == X.ClientMessage and came.client_type == atom("XdndStatus"):
            if not came.data[1][1] & 1:
                sys.exit("the window does not want it")
            tell(target, "XdndDrop", [0, X.CurrentTime, 0, 0])
        elif came.type == X.ClientMessage and came.client_type == atom("XdndFinished"):
            return


drop(sys.argv[1], sys.argv[2])
