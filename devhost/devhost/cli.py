"""Command line: `devhost start` in the folder of a function app."""

import argparse
import asyncio
import json
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from .errors import HostError

if TYPE_CHECKING:
    from .host import Host

_DEFAULT_PORT = 7071


def main() -> None:
    """Run the command; exit code 0 after a clean stop, 1 when the app cannot be run."""
    sys.exit(_run(_arguments()))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="devhost", description="Runs an Azure Functions Python app locally.")
    commands = parser.add_subparsers(dest="command", required=True)
    start = commands.add_parser("start", help="run the function app in this folder")
    start.add_argument("--app", type=Path, default=Path(), metavar="FOLDER", help="folder of the app (default: here)")
    start.add_argument("--port", "-p", type=int, help=f"port to listen on (default: {_DEFAULT_PORT}; 0 picks one)")
    start.add_argument("--data-dir", type=Path, metavar="D", help="where state is kept (default: .devhost in the app)")
    start.add_argument("--reload", action="store_true", help="load the app anew when its files change")
    return parser.parse_args()


def _run(arguments: argparse.Namespace) -> int:
    app_folder: Path = arguments.app.resolve()
    data_folder: Path = (arguments.data_dir or app_folder / ".devhost").resolve()
    port: int = _local_port(app_folder) if arguments.port is None else arguments.port
    try:
        asyncio.run(_serve(app_folder, data_folder, port, arguments.reload))
    except HostError as error:
        print(f"devhost: {error}", file=sys.stderr)
        return 1
    return 0


async def _serve(app_folder: Path, data_folder: Path, port: int, reload: bool) -> None:
    from .host import Host

    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    host = Host(app_folder, data_folder, port)
    stopping = asyncio.create_task(stop.wait())
    try:
        starting = asyncio.create_task(host.start())
        await asyncio.wait((starting, stopping), return_when=asyncio.FIRST_COMPLETED)
        if not starting.done():
            starting.cancel()
            await asyncio.wait((starting,))
            return
        await starting
        print(f"Host started\nNow listening on: {host.origin}", flush=True)
        if reload:
            await _reload_until(stop, host, app_folder, data_folder)
        await stopping
    finally:
        stopping.cancel()
        await host.stop()


async def _reload_until(stop: asyncio.Event, host: "Host", app_folder: Path, data_folder: Path) -> None:
    from .app_changes import changes

    async for changed in changes(app_folder, data_folder, stop):
        print(f"{changed.name} has changed; the app is loaded anew.", flush=True)
        try:
            await host.reload()
        except HostError as error:
            print(f"devhost: {error}", file=sys.stderr, flush=True)
        else:
            print("Host reloaded", flush=True)


def _local_port(app_folder: Path) -> int:
    """The port in local.settings.json, as Core Tools read it."""
    try:
        settings = json.loads((app_folder / "local.settings.json").read_text(encoding="utf-8-sig"))
        return int(settings["Host"]["LocalHttpPort"])
    except (OSError, ValueError, KeyError, TypeError):
        return _DEFAULT_PORT


if __name__ == "__main__":
    main()
