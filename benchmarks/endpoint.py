"""How near does the endpoint client come to what a server can take?

    python benchmarks/endpoint.py [--requests 3000] [--at-once 64] [--seconds 0.05]

A server in a process of its own takes ``--seconds`` for each of up to ``--at-once`` requests and
lets others wait. Prints the client's requests per second, what the server would do with never a
free place, and the ratio; and the client's share of one core.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import time
from multiprocessing.connection import Connection

from workbench.models.endpoint import EndpointModel
from workbench.types import Decoding, Message, ModelReference, Prompt

BODY = json.dumps(
    {
        "id": "c", "object": "chat.completion", "created": 1, "model": "m",
        "choices": [{"index": 0, "finish_reason": "stop",
                     "message": {"role": "assistant", "content": "Ambrose Keel"}}],
        "usage": {"prompt_tokens": 420, "completion_tokens": 4, "total_tokens": 424},
    }
).encode()  # fmt: skip
REPLY = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (
    len(BODY),
    BODY,
)


def serve(at_once: int, seconds: float, told: Connection) -> None:
    """Answer on a free port, which is sent to ``told``."""

    async def main() -> None:
        places = asyncio.Semaphore(at_once)

        async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                while True:
                    head = (await reader.readuntil(b"\r\n\r\n")).lower()
                    size = int(head.split(b"content-length:")[1].split(b"\r\n")[0])
                    await reader.readexactly(size)
                    async with places:
                        await asyncio.sleep(seconds)
                    writer.write(REPLY)
            except (asyncio.IncompleteReadError, ConnectionError):
                writer.close()

        server = await asyncio.start_server(talk, "127.0.0.1", 0)
        told.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(main())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=3000)
    parser.add_argument("--at-once", type=int, default=64)
    parser.add_argument("--seconds", type=float, default=0.05)
    given = parser.parse_args()
    here, there = multiprocessing.Pipe()
    process = multiprocessing.Process(
        target=serve, args=(given.at_once, given.seconds, there), daemon=True
    )
    process.start()
    model = EndpointModel(ModelReference("m", endpoint=f"http://127.0.0.1:{here.recv()}/v1"))
    passage = "The ledger of the salt house was kept by Ambrose Keel for thirty years. " * 25
    prompts = [
        Prompt((Message("system", passage), Message("user", f"Who kept page {number}?")))
        for number in range(given.requests)
    ]
    model.complete(prompts[:2], Decoding())
    began, worked = time.perf_counter(), time.process_time()
    answers = model.complete(prompts, Decoding())
    took, worked = time.perf_counter() - began, time.process_time() - worked
    process.terminate()
    failed = sum(answer.error is not None for answer in answers)
    had, ideal = given.requests / took, given.at_once / given.seconds
    print(
        f"{given.requests} requests ({failed} failed), {given.at_once} at once of "
        f"{given.seconds * 1000:.0f} ms: {had:.0f} a second, ideal {ideal:.0f}, ratio "
        f"{had / ideal:.2f}; {worked / given.requests * 1000:.2f} ms of a core for each"
    )


if __name__ == "__main__":
    main()
