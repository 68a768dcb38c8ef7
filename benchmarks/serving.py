"""Does the server stay well under many clients, some of whom leave?

    python benchmarks/serving.py RUN [--clients 200] [--seconds 60] [--variant rag]

Serves a finished run by the real command in a process of its own. Each client asks, waits for its
answer and asks again: half of them streaming, a tenth leaving in the middle. Prints replies by
status, answers per second, the memory of the server at a tenth of the time and at its end, and how
long SIGTERM took at the end with clients still asking.
"""

from __future__ import annotations

import argparse
import asyncio
import collections
import json
import random
import signal
import subprocess
import sys
import time

import httpx
import psutil

QUESTIONS = ("Who kept the ledger?", "What did Ambrose Keel teach?", "When was the salt sold?")


async def client(number: int, url: str, variant: str, end: float, seen: dict[str, int]) -> None:
    """One client: streams if its number is even; leaves early if it ends in 7."""
    rng = random.Random(number)
    async with httpx.AsyncClient(timeout=90) as http:
        while time.monotonic() < end:
            body = {
                "model": variant,
                "messages": [{"role": "user", "content": rng.choice(QUESTIONS)}],
                "stream": number % 2 == 0,
            }
            try:
                if number % 10 == 7:
                    timeout = httpx.Timeout(rng.uniform(0.05, 1.5))
                    await http.post(f"{url}/v1/chat/completions", json=body, timeout=timeout)
                    seen["200"] += 1
                elif body["stream"]:
                    async with http.stream("POST", f"{url}/v1/chat/completions", json=body) as got:
                        text = (await got.aread()).decode()
                        whole = got.status_code != 200 or text.rstrip().endswith("[DONE]")
                        seen[str(got.status_code) if whole else "cut"] += 1
                        await asyncio.sleep(0.5 if got.status_code == 429 else 0)
                else:
                    reply = await http.post(f"{url}/v1/chat/completions", json=body)
                    seen[str(reply.status_code)] += 1
                    await asyncio.sleep(0.5 if reply.status_code == 429 else 0)
            except httpx.ReadTimeout:
                seen["left" if number % 10 == 7 else "hung"] += 1
            except httpx.HTTPError as error:
                left = number % 10 == 7 and isinstance(error, httpx.TimeoutException)
                seen["left" if left else type(error).__name__] += 1


async def under_load(
    url: str, clients: int, seconds: float, variant: str, server: psutil.Process
) -> tuple[dict[str, int], list[float]]:
    """Replies by status, and the server's memory in MiB at each tenth of the time."""
    seen: dict[str, int] = collections.Counter()
    end = time.monotonic() + seconds
    asking = asyncio.gather(*(client(n, url, variant, end, seen) for n in range(clients)))
    memory = []
    for _ in range(10):
        await asyncio.sleep(seconds * 0.099)
        memory.append(server.memory_info().rss / 2**20)
    await asking
    return seen, memory


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run")
    parser.add_argument("--clients", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--variant", default="rag")
    parser.add_argument("--port", type=int, default=8377)
    given = parser.parse_args()
    url = f"http://127.0.0.1:{given.port}"
    command = [sys.executable, "-m", "workbench.cli", "serve", given.run, "--port", str(given.port)]
    process = subprocess.Popen(command)
    try:
        for _ in range(600):
            try:
                if httpx.get(f"{url}/ready").status_code == 200:
                    break
            except httpx.HTTPError:
                pass
            if process.poll() is not None:
                sys.exit("The server ended before it was ready.")
            time.sleep(0.2)
        else:
            sys.exit("The server was not ready within two minutes.")
        server = psutil.Process(process.pid)
        seen, memory = asyncio.run(
            under_load(url, given.clients, given.seconds, given.variant, server)
        )
        ready = httpx.get(f"{url}/ready").status_code
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        process.wait(60)
        ended = time.monotonic() - began
    finally:
        process.kill()
    answered = seen.get("200", 0)
    print(f"{given.clients} clients, {given.seconds:.0f} s: {dict(sorted(seen.items()))}")
    print(f"{answered / given.seconds:.1f} answers a second; ready afterwards: {ready}")
    growth = memory[-1] / memory[1] - 1
    told = " ".join(f"{value:.0f}" for value in memory)
    # The first tenth loads what every later one uses: growth counts from the second.
    print(f"memory in MiB at each tenth: {told} ({growth:+.1%}); SIGTERM {ended:.1f} s")
    print(
        json.dumps(
            {"replies": seen, "memory_mib": memory, "growth": growth, "sigterm_s": ended},
            indent=None,
        )
    )


if __name__ == "__main__":
    main()
