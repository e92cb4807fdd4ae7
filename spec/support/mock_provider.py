#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Plays vision providers on this machine: OpenAI (also Azure's two addresses and compatible
servers) and Anthropic, streaming and not, with every trap that was seen of them.

The first segment of a path chooses the scenario: http://127.0.0.1:PORT/blank/v1 as a base URL.
GET /requests gives what was received since the last time, GET /release lets one that is 'held' be
answered, GET /quit ends it. The port is printed on the first line. It also ends when the process that started it is gone.
"""
import json, os, sys, threading, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

READING = {
    "summary": "Flange with four holes", "details": ["Outer diameter Ø80 h7"], "confidence": 92,
    "drawing": {
        "kind": "mechanical", "units": "mm",
        "title_block": {"title": "Flange", "drawing_number": "4711-02", "revision": None},
        "callouts": [{"type": "diameter", "text": "4x Ø6,6 +0,1/0", "quantity": 4, "nominal": 6.6,
                      "upper": 0.1, "lower": 0, "page": 1}],
        "notes": ["Break all sharp edges"], "missing": []},
}
TEXT = json.dumps(READING, ensure_ascii=False)
HTML = "<html><head><title>Bad gateway</title></head><body>nothing here</body></html>"
OPENAI_USAGE = {
    "prompt_tokens": 812, "completion_tokens": 17, "total_tokens": 829,
    "prompt_tokens_details": {"cached_tokens": 100, "image_tokens": 765},
    "completion_tokens_details": {"reasoning_tokens": 5}}
ANTHROPIC_USAGE = {"input_tokens": 1560, "output_tokens": 42, "cache_creation_input_tokens": 10,
                   "cache_read_input_tokens": 30}

received = []
gate = threading.Semaphore(0)  # what 'held' waits at


# ---- whole answers -------------------------------------------------------------------------------

def chat(text=TEXT, finish="stop", usage=OPENAI_USAGE, refusal=None, model="mock-1", **more):
    message = {"role": "assistant", "content": text, "refusal": refusal}
    answer = {"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": model,
              "choices": [{"index": 0, "message": message, "logprobs": None,
                           "finish_reason": finish}]}
    if usage:
        answer["usage"] = usage
    return {**answer, **more}


def messages(content=None, stop="end_turn", **more):
    content = content if content is not None else [
        {"type": "thinking", "thinking": "A flange."}, {"type": "text", "text": TEXT}]
    return {"id": "msg_1", "type": "message", "role": "assistant", "model": "mock-claude",
            "content": content, "stop_reason": stop, "stop_sequence": None,
            "usage": ANTHROPIC_USAGE, **more}


def openai_error(message, kind, code=None, param=None, **more):
    return {"error": {"message": message, "type": kind, "param": param, "code": code, **more}}


def anthropic_error(kind, message, **details):
    error = {"type": kind, "message": message}
    if details:
        error["details"] = details
    return {"type": "error", "error": error, "request_id": "req_1"}


SERDE = ("Failed to deserialize the JSON body into the target type: messages[1]: invalid type: "
         "sequence, expected a string at line 1 column 2901")

# scenario -> (status, body, headers) of a chat completion. A body that is a str goes out as it is.
CHAT = {
    "ok": (200, chat()),
    "no-usage": (200, chat(usage=None)),
    "fenced": (200, chat("Here it is:\n```json\n" + TEXT + "\n```\nAnything else?")),
    "thinking": (200, chat('<think>Perhaps {"summary": "a shaft"}?</think>\n\n' + TEXT)),
    "thoughts": (200, chat('Perhaps {"summary": "a shaft"}?\n</think>\n' + TEXT)),
    "echo": (200, chat("A flange. Your key is %KEY%.")),
    "prose": (200, chat("I see " + TEXT + " as asked.")),
    "raw-text": (200, chat("A flange, I think.")),
    "half-json": (200, chat(TEXT[:120])),
    "parts": (200, chat([{"type": "text", "text": TEXT}])),
    "refusal": (200, chat(None, refusal="I cannot help with that.")),
    "length": (200, chat(TEXT[:50], finish="length")),
    "content-filter": (200, chat(None, finish="content_filter")),
    "insufficient": (200, chat("", finish="insufficient_system_resource")),
    "strange-finish": (200, chat(finish="surprise")),
    "no-finish": (200, chat(finish=None)),
    "no-choices": (200, chat(choices=[])),
    "blank": (200, chat("")),
    "spaces": (200, chat(" " * 200 + "\n")),
    "null-content": (200, chat(None)),
    "error-in-200": (200, openai_error("boom", "server_error", 500)),
    "network-lost-in-200": (200, {"error": "Network connection lost."}),
    "html-in-200": (200, HTML),
    "half-body": (200, '{"id": "chatcmpl-1", "choi'),
    "blank-lines": (200, "\n" * 50 + json.dumps(chat())),
    "azure-extras": (200, chat(prompt_filter_results=[
        {"prompt_index": 0, "content_filter_results": {}}])),
    "deepseek-usage": (200, chat(usage={
        "prompt_tokens": 500, "completion_tokens": 20, "total_tokens": 520,
        "prompt_cache_hit_tokens": 300, "prompt_cache_miss_tokens": 200})),
    "auth": (401, openai_error("Incorrect API key provided: %KEY%", "invalid_request_error",
                               "invalid_api_key")),
    "forbidden": (403, openai_error("no access", "permission_error")),
    "no-model": (404, openai_error("The model does not exist", "invalid_request_error",
                                   "model_not_found")),
    "balance": (402, openai_error("Insufficient Balance", "unknown_error",
                                  "invalid_request_error")),
    "conflict": (409, openai_error("try again", "conflict")),
    "too-large": (413, HTML),
    "params": (422, openai_error("bad value", "invalid_request_error")),
    "rate-limit": (429, openai_error("slow down", "requests", "rate_limit_exceeded"),
                   {"Retry-After": "2"}),
    "rate-limit-ms": (429, openai_error("slow down", "requests", "rate_limit_exceeded"),
                      {"retry-after-ms": "1500", "Retry-After": "2"}),
    "rate-limit-date": (429, openai_error("slow down", "requests", "slow_down"),
                        {"Retry-After": "Fri, 31 Dec 2100 23:59:59 GMT"}),
    "quota": (429, openai_error("You exceeded your current quota", "insufficient_quota",
                                "insufficient_quota"), {"Retry-After": "1"}),
    "spend-limit": (429, openai_error("limit", "billing", "project_spend_limit_exceeded"),
                    {"x-should-retry": "true"}),
    "server-error": (500, openai_error("The server had an error", "server_error")),
    "empty-500": (500, ""),
    "no-retry-500": (500, openai_error("no", "server_error"), {"x-should-retry": "false"}),
    "bad-gateway": (502, HTML),
    "overloaded": (503, openai_error("busy", "service_unavailable_error",
                                     "server_is_overloaded")),
    "gemini": (429, [{"error": {"code": 429, "message": "Resource exhausted",
                                "status": "RESOURCE_EXHAUSTED"}}]),
    "lm-studio": (400, {"error": "'url' field must be a base64 encoded image."}),
    "vllm": (400, {"object": "error", "message": "too long", "type": "BadRequestError",
                   "param": None, "code": 400}),
    "fastapi": (404, {"detail": "Not Found"}),
    "text-422": (422, SERDE),
    "vision-400": (400, openai_error(SERDE, "invalid_request_error", "invalid_request_error")),
    "vision-variant": (400, openai_error("unknown variant `image_url`, expected `text`", "x")),
    "llama-cpp": (500, openai_error(
        'Failed to parse messages: Unsupported content part type: "image_url"', "server_error",
        500)),
    "azure-filter": (400, {"error": {
        "message": "The response was filtered due to the prompt triggering Azure OpenAI's content "
                   "management policy", "code": "content_filter", "status": 400,
        "innererror": {"code": "ResponsibleAIPolicyViolation"}}}),
    "redirect": (307, "", {"Location": "http://127.0.0.1:1/elsewhere"}),
}

MESSAGES = {
    "ok": (200, messages()),
    "tool": (200, messages([{"type": "tool_use", "id": "t", "name": "emit_reading",
                             "input": READING}], "tool_use")),
    "refusal": (200, messages([], "refusal")),
    "length": (200, messages([{"type": "text", "text": TEXT[:50]}], "max_tokens")),
    "context-full": (200, messages([{"type": "text", "text": TEXT[:50]}],
                                   "model_context_window_exceeded")),
    "blank": (200, messages([{"type": "text", "text": "  "}])),
    "thinking-only": (200, messages([{"type": "thinking", "thinking": "Hm."}])),
    "pause": (200, messages(stop="pause_turn")),
    "error-in-200": (200, anthropic_error("api_error", "boom")),
    "auth": (401, anthropic_error("authentication_error", "invalid x-api-key %KEY%")),
    "billing": (402, anthropic_error("billing_error", "no credit")),
    "spend-limit": (429, anthropic_error("rate_limit_error", "limit",
                                         error_code="enforced_spend_limit_reached")),
    "rate-limit": (429, anthropic_error("rate_limit_error", "slow"), {"Retry-After": "7"}),
    "overloaded": (529, anthropic_error("overloaded_error", "Overloaded")),
    "server-error": (500, anthropic_error("api_error", "Internal server error")),
    "timeout": (504, anthropic_error("timeout_error", "took too long")),
    "too-large": (413, HTML),
    "dimensions": (400, anthropic_error(
        "invalid_request_error", "image too large", error_code="image_dimensions_too_large")),
    "bad-request": (400, anthropic_error("invalid_request_error",
                                         "temperature: Extra inputs are not permitted")),
}


def unsupported(body):
    """Refuses what a scenario's model does not know; None when the request is fine."""
    if "max_tokens" in body:
        return 400, openai_error(
            "Unsupported parameter: 'max_tokens' is not supported with this model. Use "
            "'max_completion_tokens' instead.", "invalid_request_error", "unsupported_parameter",
            "max_tokens")
    if "temperature" in body:
        return 400, openai_error(
            "Unsupported value: 'temperature' does not support 0.16 with this model. Only the "
            "default (1) value is supported.", "invalid_request_error", "unsupported_value",
            "temperature")
    return None


# ---- streams -------------------------------------------------------------------------------------

def data(value, event=None):
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return (f"event: {event}\n" if event else "") + f"data: {text}\n\n"


def chunk(delta, finish=None, **more):
    return data({"id": "chatcmpl-1", "object": "chat.completion.chunk", "model": "mock-1",
                 "choices": [{"index": 0, "delta": delta, "finish_reason": finish}],
                 "usage": None, **more})


def chat_events(text=TEXT, finish="stop", done=True, usage=True):
    yield chunk({"role": "assistant", "content": ""}, obfuscation="xxxx")
    for at in range(0, len(text), 40):
        yield chunk({"content": text[at:at + 40]})
    yield chunk({}, finish)
    if usage:
        yield data({"id": "chatcmpl-1", "choices": [], "usage": OPENAI_USAGE})
    if done:
        yield data("[DONE]")


def message_events(text=TEXT, stop="end_turn", last=True):
    yield data({"type": "message_start", "message": messages([], None)}, "message_start")
    yield data({"type": "ping"}, "ping")
    yield data({"type": "content_block_start", "index": 0,
                "content_block": {"type": "text", "text": ""}}, "content_block_start")
    for at in range(0, len(text), 40):
        yield data({"type": "content_block_delta", "index": 0,
                    "delta": {"type": "text_delta", "text": text[at:at + 40]}},
                   "content_block_delta")
        yield data({"type": "something_new", "future": True}, "something_new")
    yield data({"type": "content_block_stop", "index": 0}, "content_block_stop")
    yield data({"type": "message_delta", "delta": {"stop_reason": stop},
                "usage": {"output_tokens": 42}}, "message_delta")
    if last:
        yield data({"type": "message_stop"}, "message_stop")


def first(events, count):
    return [event for _, event in zip(range(count), events)]


def boom():
    return {"error": {"message": "boom", "type": "server_error", "code": 500}}


CHAT_STREAMS = {
    "ok": lambda: chat_events(),
    "cut": lambda: chat_events(done=False),
    "cut-early": lambda: first(chat_events(), 3),
    "done-only": lambda: [data("[DONE]")],
    "empty": lambda: [],
    "no-finish": lambda: [*first(chat_events(), 4), data("[DONE]")],
    "length": lambda: chat_events(TEXT[:50], "length"),
    "content-filter": lambda: chat_events(TEXT[:50], "content_filter"),
    "blank": lambda: chat_events("   "),
    "raw-text": lambda: chat_events("A flange, I think."),
    "refusal": lambda: [chunk({"refusal": "I cannot "}), chunk({"refusal": "do that."}),
                        chunk({}, "stop"), data("[DONE]")],
    "mid-error": lambda: [*first(chat_events(), 3), data(boom()), data("[DONE]")],
    "event-error": lambda: [*first(chat_events(), 3), data({"message": "boom"}, "error")],
    "error-string": lambda: [data({"error": "boom"})],
    "rate-error": lambda: [data(openai_error("slow", "requests", 429))],
    "not-json": lambda: [data("this is not JSON")],
    "not-object": lambda: [data("5")],
    "azure-first": lambda: [data({"choices": [], "prompt_filter_results": []}), *chat_events()],
    "comments": lambda: [": keep-alive\n\n", *chat_events(), ": keep-alive\n\n"],
    "crlf": lambda: [event.replace("\n", "\r\n") for event in chat_events()],
}

MESSAGE_STREAMS = {
    "ok": lambda: message_events(),
    "cut": lambda: message_events(last=False),
    "length": lambda: message_events(TEXT[:50], "max_tokens"),
    "refusal": lambda: message_events("", "refusal"),
    "mid-error": lambda: [*first(message_events(), 5),
                          data(anthropic_error("overloaded_error", "Overloaded"), "error")],
    "tool": lambda: [
        data({"type": "message_start", "message": messages([], None)}, "message_start"),
        *[data({"type": "content_block_delta", "index": 0, "delta": {
            "type": "input_json_delta", "partial_json": TEXT[at:at + 30]}}, "content_block_delta")
          for at in range(0, len(TEXT), 30)],
        data({"type": "message_delta", "delta": {"stop_reason": "tool_use"}}, "message_delta"),
        data({"type": "message_stop"}, "message_stop")],
}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_):
        pass

    def reply(self, status, body, headers=None):
        key = self.headers.get("x-api-key") or self.headers.get("api-key") \
            or (self.headers.get("Authorization") or "").replace("Bearer ", "")
        text = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)
        raw = text.replace("%KEY%", key).encode()
        self.send_response(status)
        kind = "text/html" if text.startswith("<") else "application/json"
        for name, value in {"Content-Type": kind, **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def begin_stream(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()

    def piece(self, raw):
        self.wfile.write(b"%x\r\n%s\r\n" % (len(raw), raw))
        self.wfile.flush()

    def send_events(self, events, step=None):
        raw = "".join(events).encode()
        self.begin_stream()
        for at in range(0, len(raw), step or len(raw) or 1):
            self.piece(raw[at:at + (step or len(raw))])
        self.wfile.write(b"0\r\n\r\n")

    def warm_forever(self, streaming):
        """Keeps the connection warm and never answers; until the client goes."""
        if streaming:
            self.begin_stream()
        else:
            self.send_response(200)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
        while True:
            self.piece(b": keep-alive\n\n" if streaming else b"\n")
            time.sleep(0.05)

    def endless(self):
        self.begin_stream()
        while True:
            self.piece(b"x" * 65536)

    def drop(self):
        """Ends the connection in the middle of a chunk."""
        self.begin_stream()
        self.wfile.write(b"ffff\r\ndata: {")
        self.wfile.flush()
        self.close_connection = True

    def play(self, scenario, body, is_messages):
        streaming = body.get("stream") is True
        if scenario == "silent":
            time.sleep(3600)
        elif scenario == "held":
            gate.acquire()
            self.play("ok", body, is_messages)
        elif scenario.startswith("after-"):  # milliseconds
            time.sleep(int(scenario[6:]) / 1000)
            self.play("ok", body, is_messages)
        elif scenario == "keep-warm":
            self.warm_forever(streaming)
        elif scenario == "endless":
            self.endless()
        elif scenario == "drop":
            self.drop()
        elif scenario == "fussy" and unsupported(body):
            self.reply(*unsupported(body))
        elif scenario == "fussy":
            self.play("ok", body, is_messages)
        elif scenario == "old-claude" and "output_config" in body:
            self.reply(400, anthropic_error("invalid_request_error",
                                            "output_config: Extra inputs are not permitted"))
        elif scenario == "old-claude":
            self.reply(*MESSAGES["tool"])
        elif streaming and scenario.startswith("by-"):
            events = message_events() if is_messages else chat_events()
            self.send_events(events, int(scenario[3:]))
        elif streaming and scenario in (MESSAGE_STREAMS if is_messages else CHAT_STREAMS):
            streams = MESSAGE_STREAMS if is_messages else CHAT_STREAMS
            self.send_events(streams[scenario]())
        else:
            self.reply(*(MESSAGES if is_messages else CHAT)[scenario])

    def do_POST(self):
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = json.loads(raw)
        received.append({"path": self.path, "body": body, "length": len(raw),
                         "headers": {k.lower(): v for k, v in self.headers.items()}})
        path = self.path.split("?")[0]
        try:
            self.play(path.split("/")[1], body, path.endswith("/v1/messages"))
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def do_GET(self):
        if self.path == "/quit":
            self.reply(200, "{}")
            threading.Thread(target=self.server.shutdown).start()
            return
        if self.path == "/release":
            gate.release()
            self.reply(200, "{}")
            return
        found, received[:] = list(received), []
        self.reply(200, found)


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        """A client that leaves in the middle is what some specs are about."""


def end_with_parent(server, parent):
    while os.getppid() == parent:
        time.sleep(0.5)
    server.shutdown()


def main():
    server = Server(("127.0.0.1", 0), Handler)
    print(server.server_address[1], flush=True)
    threading.Thread(target=end_with_parent, args=(server, os.getppid()), daemon=True).start()
    server.serve_forever()
    os._exit(0)


if __name__ == "__main__":
    main()
