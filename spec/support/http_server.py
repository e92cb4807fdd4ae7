#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A server that misbehaves on request: the first part of the path names the scenario.

Raw sockets, so that every byte and every rudeness is chosen here. Prints its ports (plain, TLS with
a certificate for "other.example") on one line and ends when nobody reads that pipe any more.

    http_server.py [CERTIFICATE KEY]
"""
import asyncio
import base64
import hashlib
import hmac
import json
import os
import select
import signal
import socket
import ssl
import struct
import sys

CRLF = b"\r\n"
TICK = 0.02  # seconds between the drops of scenarios that drip

counters = {"connections": 0, "closed": 0, "sent": 0, "seen": {}}  # seen: requests by scenario


class Request:
    def __init__(self, line, headers, reader, writer, connection):
        self.method, self.target, _ = line.split(" ", 2)
        self.path, _, self.query = self.target.partition("?")
        if self.path.startswith("http://"):  # asked as a proxy
            self.path = "/" + self.path.split("/", 3)[3]
        parts = self.path.strip("/").split("/")
        self.scenario, self.argument = parts[0], parts[1] if len(parts) > 1 else ""
        self.headers = headers
        self.reader, self.writer = reader, writer
        self.connection = connection

    async def body(self):
        return await self.reader.readexactly(int(self.headers.get("content-length", 0)))

    def send(self, data):
        counters["sent"] += len(data)
        self.writer.write(data)

    def head(self, status=200, **headers):
        lines = [f"HTTP/1.1 {status} Whatever"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        self.send(("\r\n".join(lines) + "\r\n\r\n").encode())

    def answer(self, data, status=200, **headers):
        self.head(status, Content_Length=len(data), **headers)
        self.send(data)

    def chunk(self, data):
        self.send(b"%x\r\n%s\r\n" % (len(data), data))

    def reset(self):
        self.writer.get_extra_info("socket").setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


async def drip(request, piece, times=10**9):
    request.head(Transfer_Encoding="chunked")
    for _ in range(times):
        request.chunk(piece)
        await request.writer.drain()
        await asyncio.sleep(TICK)


# A scenario returns True when the connection may serve another request.

async def echo(request):
    body = await request.body()
    request.answer(json.dumps({
        "method": request.method, "target": request.target, "headers": request.headers,
        "length": len(body), "sha256": hashlib.sha256(body).hexdigest(),
        "connection": request.connection,
    }).encode(), Content_Type="application/json", X_Twice="one\r\nX-Twice: two")
    return True


async def stats(request):
    request.answer(json.dumps(counters).encode())
    return True


async def size(request):
    request.answer(b"x" * int(request.argument))
    return True


async def status(request):
    await request.body()
    request.answer(b"said so", status=int(request.argument))
    return True


async def silent(request):
    await request.body()
    await asyncio.sleep(3600)


async def announced(request):  # more than anyone wants, and said so
    request.head(Content_Length=1 << 30)
    await flood(request)


async def endless(request):
    request.head(Transfer_Encoding="chunked")
    await flood(request, wrap=request.chunk)


async def flood(request, wrap=None):
    piece = b"y" * 65536
    while True:
        (wrap or request.send)(piece)
        await request.writer.drain()


async def cut(request):
    await request.body()
    request.head(Content_Length=1000)
    request.send(b"z" * 100)


async def cut_chunked(request):
    request.head(Transfer_Encoding="chunked")
    request.chunk(b"z" * 100)


async def drops(request):
    await drip(request, b"d")


async def blanks(request):
    await drip(request, b"\r\n")


async def blanks_then(request):  # a whole answer after blank lines that keep alive
    await request.body()
    await drip(request, b"\n", times=int(request.argument))
    request.chunk(b'{"ok":true}')
    request.send(b"0\r\n\r\n")
    return True


async def talks(request):  # a chat that never ends
    await request.body()
    await drip(request, b'data: {"choices":[{"index":0,"delta":{"content":"a"}}]}\n\n')


async def comments(request):
    await drip(request, b": keep-alive\n\n")


async def events(request):
    await drip(request, b"data: {}\n\n", times=int(request.argument))
    request.send(b"0\r\n\r\n")
    return True


async def redirect(request):
    await request.body()
    request.answer(b"", status=302,
                   Location="https://user:hidden@elsewhere.example/v2/chat?key=hidden")
    return True


async def reset(request):
    await request.body()
    request.reset()


async def close(request):
    await request.body()


async def half_head(request):
    await request.body()
    request.send(b"HTTP/1.1 200 OK\r\nContent-Le")


received = []  # webhooks: path, id, what the headers say and what they should

WEBHOOK_KEY = b"my-secret-key"


def note_webhook(request, body):
    def signed(text):
        return hmac.new(WEBHOOK_KEY, text, hashlib.sha256)

    h = request.headers
    stamped = f"{h.get('webhook-id')}.{h.get('webhook-timestamp')}.".encode() + body
    received.append({
        "path": request.path, "id": h.get("webhook-id"), "body": body.decode(),
        "type": h.get("content-type"), "connection": request.connection,
        "is_signed": h.get("x-webhook-signature") == signed(body).hexdigest(),
        "is_stamped": "v1," + base64.b64encode(signed(stamped).digest()).decode()
                      in h.get("webhook-signature", "").split(),
    })
    return sum(1 for r in received if r["path"] == request.path)


async def hook(request):  # takes webhooks; the argument says how it behaves, mostly at the first
    count, how = note_webhook(request, await request.body()), request.argument
    if how == "hang" or how == "hangs" and count == 1:
        await asyncio.sleep(3600)
    elif how == "gigabyte":
        await announced(request)
    elif how == "metadata":
        request.answer(b"", status=302, Location="http://169.254.169.254/latest/meta-data/")
    elif how == "gone":
        request.answer(b"no\xc2\x9b\x1bmore", status=410) # would steer a terminal
    elif how == "busy" and count == 1:
        request.answer(b"later", status=429, Retry_After=60)
    elif how == "fails" and count == 1:
        request.answer(b"broken\nfor now", status=500)
    elif how == "omits" and count == 1:
        pass
    elif how == "halves" and count == 1:
        request.send(b"HTTP/1.1 204 No Content\r\nDa")
    elif how == "cuts" and count == 1:
        request.head(Content_Length=1000)
        request.send(b"thank y")
    else:
        request.answer(b"thank you")
        return True


async def hooks(request):
    request.answer(json.dumps(received).encode())
    return True


async def interim(request):
    await request.body()
    request.send(b"HTTP/1.1 103 Early Hints\r\nX-Early: yes\r\n\r\n")
    request.answer(b"final", X_Late="yes")
    return True


async def heads(request):  # KB of header lines
    lines = {f"X-Filler-{i}": "f" * 1000 for i in range(int(request.argument))}
    request.answer(b"", **lines)
    return True


async def once(request):  # promises to keep the connection and drops it
    await request.body()
    request.answer(b"once")


async def garbage(request):
    request.send(b"SSH-2.0-OpenSSH_9.2\r\n\r\n")


async def refuse_early(request):  # answers before it has read the body
    request.answer(b"too much", status=413, Connection="close")
    await asyncio.sleep(1)


SCENARIOS = {f.__name__.replace("_", "-"): f for f in (
    echo, stats, size, status, silent, announced, endless, cut, cut_chunked, drops, blanks,
    blanks_then, talks, comments, events, redirect, reset, close, half_head, hook, hooks, interim,
    heads, once, garbage, refuse_early)}


async def read_request(reader, writer, connection):
    head = await reader.readuntil(CRLF * 2)
    line, *rest = head.decode("latin-1").split("\r\n")
    headers = dict((name.lower(), value.strip())
                   for name, _, value in (h.partition(":") for h in rest if h))
    return Request(line, headers, reader, writer, connection)


async def serve(reader, writer):
    counters["connections"] += 1
    connection = counters["connections"]
    try:
        while True:
            request = await read_request(reader, writer, connection)
            if request.method == "CONNECT":  # a proxy that lets nobody through
                request.answer(b"", 407)
                break
            seen = counters["seen"]
            seen[request.scenario] = seen.get(request.scenario, 0) + 1
            if not await SCENARIOS[request.scenario](request):
                break
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError, ssl.SSLError):
        pass
    finally:
        counters["closed"] += 1
        writer.close()


async def deaf(_reader, _writer):  # accepts, and never says a word: no TLS handshake either
    await asyncio.sleep(3600)


async def main():
    ports = []
    plain = await asyncio.start_server(serve, "127.0.0.1", 0)
    silent_server = await asyncio.start_server(deaf, "127.0.0.1", 0)
    ports += [plain.sockets[0].getsockname()[1], silent_server.sockets[0].getsockname()[1]]
    if len(sys.argv) == 3:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[1], sys.argv[2])
        secure = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
        ports.append(secure.sockets[0].getsockname()[1])
    print(*ports, flush=True)
    reader = select.poll()
    reader.register(sys.stdout.fileno(), 0)
    while not reader.poll(0):  # an error: the other end of the pipe is closed
        await asyncio.sleep(0.1)
    os._exit(0)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    asyncio.run(main())
