"""A load client that is not the bottleneck: raw keep-alive connections, the least of parsing."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

NONE: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What came of it: latencies in seconds, by status."""

    seconds: float
    latencies: list[float]
    statuses: dict[int, int]

    @property
    def rate(self) -> float:
        return len(self.latencies) / self.seconds

    def summary(self) -> dict[str, Any]:
        """Requests a second, p50 and p99 in milliseconds, answers by status."""
        ordered = sorted(self.latencies)
        return {
            "per_s": round(self.rate, 1),
            "p50_ms": round(1000 * ordered[len(ordered) // 2], 2),
            "p99_ms": round(1000 * ordered[min(len(ordered) - 1, len(ordered) * 99 // 100)], 2),
            "statuses": self.statuses,
        }


def _passes(requests: Sequence[bytes], seconds: float) -> Iterator[bytes]:
    start = time.perf_counter()
    while time.perf_counter() < start + seconds:
        yield from requests


async def _answer(reader: asyncio.StreamReader) -> tuple[int, bytes, bytes]:
    head = await reader.readuntil(b"\r\n\r\n")
    lowered = head.lower()
    status = int(head[9:12])
    at = lowered.find(b"content-length:")
    length = int(lowered[at + 15 : lowered.index(b"\r\n", at)]) if at >= 0 else 0
    if at < 0 and b"transfer-encoding: chunked" in lowered:
        body = b""
        while size := int(await reader.readline(), 16):
            body += await reader.readexactly(size)
            await reader.readline()
        await reader.readline()
        return status, head, body
    return status, head, await reader.readexactly(length) if length else b""


def _request(path: str, known: str | None = None, headers: Mapping[str, str] = NONE) -> bytes:
    condition = f"If-None-Match: {known}\r\n" if known else ""
    condition += "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{condition}\r\n".encode()


async def fetch(port: int, paths: Sequence[str], headers: Mapping[str, str] = NONE) -> list[bytes]:
    """Each path once, one after the other. Raises RuntimeError for an answer that is an error."""
    return [body for _, body in await _fetch(port, paths, headers)]


async def _fetch(
    port: int, paths: Sequence[str], headers: Mapping[str, str] = NONE
) -> list[tuple[str | None, bytes]]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    answers = []
    for path in paths:
        writer.write(_request(path, None, headers))
        status, head, body = await _answer(reader)
        if status >= 400:
            raise RuntimeError(f"{path}: {status} {body[:300]!r}")
        lines = (line.split(b": ", 1) for line in head.split(b"\r\n") if b": " in line)
        tag = {name.lower(): value.decode() for name, value in lines}.get(b"etag")
        answers.append((tag, body))
    writer.close()
    return answers


async def load(
    port: int,
    paths: Sequence[str],
    seconds: float,
    connections: int,
    *,
    known: bool = False,
    headers: Mapping[str, str] = NONE,
) -> Load:
    """All connections ask for the paths in turn, in whole passes, until the time is up.

    Whole passes, so that a fast and a slow server have answered the same. `known`: with ETags.
    """
    tags = [tag for tag, _ in await _fetch(port, paths)] if known else [None] * len(paths)
    each = [_request(path, tag, headers) for path, tag in zip(paths, tags, strict=True)]
    return await _load(port, _passes(each, seconds), connections)


async def post(
    port: int, path: str, bodies: Iterator[bytes], headers: Mapping[str, str], connections: int
) -> Load:
    """All connections send JSON bodies, each the next, under a key of its own, until there is none.

    The keys begin with the moment, so that a later run does not repeat those of an earlier one.
    """
    first = time.time_ns()
    fixed = "".join(f"{name}: {value}\r\n" for name, value in headers.items())

    def requests() -> Iterator[bytes]:
        for number, body in enumerate(bodies):
            head = (
                f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
                f"{fixed}Idempotency-Key: {first}-{number}\r\nContent-Length: {len(body)}\r\n\r\n"
            )
            yield head.encode() + body

    return await _load(port, requests(), connections)


async def _load(port: int, requests: Iterator[bytes], connections: int) -> Load:
    latencies: list[float] = []
    statuses: dict[int, int] = {}
    start = time.perf_counter()

    async def ask() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**22)
        for request in requests:
            began = time.perf_counter()
            writer.write(request)
            status, _, _ = await _answer(reader)
            latencies.append(time.perf_counter() - began)
            statuses[status] = statuses.get(status, 0) + 1
        writer.close()

    await asyncio.gather(*(ask() for _ in range(connections)))
    return Load(seconds=time.perf_counter() - start, latencies=latencies, statuses=statuses)
