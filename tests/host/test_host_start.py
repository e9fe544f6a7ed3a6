import json
import os
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from tests.host.conftest import RunningHost, StartHost, app_copy, await_start, host_environment, launch

HELLO = """
import azure.functions as func

app = func.FunctionApp()


@app.route(route="hello")
async def hello(req: func.HttpRequest) -> str:
    return "{text}"
"""


NO_STORAGE = {"DEVHOST_AZURITE": "/nowhere"}
"""For an app that needs none: the emulator takes as long to start as everything else."""


def write_app(folder: Path, source: str, host_json: str = '{"version": "2.0"}') -> Path:
    app = folder / "app"
    app.mkdir(exist_ok=True)
    (app / "function_app.py").write_text(source)
    (app / "host.json").write_text(host_json)
    return app


def run_to_the_end(app: Path, *arguments: str, **environment: str) -> tuple[int, str]:
    """Exit code and output of a host that is expected to give up by itself."""
    data = app.parent / "data"
    command = [sys.executable, "-m", "devhost", "start", "--port", "0", "--data-dir", str(data), *arguments]
    done = subprocess.run(
        command,
        cwd=app,
        env=host_environment(**environment),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout.decode()


def service_pids(data: Path) -> list[int]:
    return [json.loads((data / f"{name}.json").read_text())["pid"] for name in ("azurite", "redis")]


def is_alive(pid: int) -> bool:
    """Whether the process runs; one that has ended and only waits to be reaped does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def wait_until_ended(pids: list[int], patience_s: float = 20.0) -> None:
    deadline = time.monotonic() + patience_s
    while any(is_alive(pid) for pid in pids):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def get(host: RunningHost, path: str) -> str:
    return httpx.get(f"{host.url}{path}", timeout=30).text


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ("def broken(:\n", "SyntaxError"),
        ("import no_such_package\n", "no_such_package"),
        ("x = 1\n", "Could not find top level function app instances"),
        (
            "import azure.functions as func\napp = func.FunctionApp()\n"
            '@app.blob_trigger(arg_name="blob", path="a/b", connection="S")\n'
            "def seen(blob: func.InputStream) -> None: ...\n",
            "function 'seen': binding 'blobTrigger' (input) is not supported by devhost",
        ),
        (
            'import azure.functions as func\napp = func.FunctionApp()\n@app.route(route="x")\n'
            '@app.blob_input(arg_name="blob", path="a/b", connection="S")\n'
            'def read(req: func.HttpRequest, blob: str) -> str: return ""\n',
            "function 'read': binding 'blob' (input) is not supported by devhost",
        ),
        (
            "import azure.functions as func\napp = func.FunctionApp()\n"
            '@app.queue_trigger(arg_name="m", queue_name="%NOWHERE%", connection="AzureWebJobsStorage")\n'
            "def take(m: func.QueueMessage) -> None: ...\n",
            "function 'take': '%NOWHERE%' does not resolve to a setting",
        ),
        (
            "import azure.functions as func\napp = func.FunctionApp()\n"
            '@app.timer_trigger(arg_name="t", schedule="now and then")\n'
            "def tick(t: func.TimerRequest) -> None: ...\n",
            "timer schedule 'now and then' cannot be read",
        ),
        (HELLO.replace('hello")', 'x/{id:colour}")'), "constraint 'colour' is not known"),
    ],
    ids=["syntax", "import", "no app", "blob trigger", "blob input", "missing setting", "schedule", "route"],
)
def test_an_app_that_cannot_be_run_ends_the_host_with_the_reason(tmp_path: Path, source: str, complaint: str) -> None:
    code, output = run_to_the_end(write_app(tmp_path, source))
    assert code == 1
    assert complaint in output
    assert "devhost: " in output


def test_a_folder_without_host_json_is_refused(tmp_path: Path) -> None:
    code, output = run_to_the_end(tmp_path)
    assert (code, output.count("\n")) == (1, 1)
    assert "host.json" in output


def test_settings_of_the_wrong_form_are_refused(tmp_path: Path) -> None:
    app = write_app(tmp_path, HELLO, '{"version": "2.0", "functionTimeout": "soon"}')
    code, output = run_to_the_end(app)
    assert code == 1
    assert "host.json: 'soon' is not a time span" in output


def test_a_port_in_use_is_named(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        code, output = run_to_the_end(write_app(tmp_path, HELLO), "--port", str(port))
    assert code == 1
    assert f"port {port} is in use" in output


def test_a_second_host_on_the_same_data_is_refused(start_host: StartHost, tmp_path: Path) -> None:
    write_app(tmp_path, HELLO)
    start_host("app", **NO_STORAGE)
    code, output = run_to_the_end(tmp_path / "app")
    assert code == 1
    assert "another devhost runs on" in output


def test_missing_azurite_is_named_when_a_binding_needs_it(tmp_path: Path) -> None:
    app = app_copy("doors", tmp_path, {"ORDERS_QUEUE": "orders", "TICK": "0 0 3 1 1 *"})
    code, output = run_to_the_end(app, DEVHOST_AZURITE=str(tmp_path / "nowhere"))
    assert code == 1
    assert output.splitlines()[-1].startswith("devhost: Azurite is missing: install it")


def test_an_app_without_storage_bindings_runs_without_azurite(start_host: StartHost, tmp_path: Path) -> None:
    write_app(tmp_path, HELLO.format(text="alone"))
    host = start_host("app", DEVHOST_AZURITE=str(tmp_path / "nowhere"))
    assert get(host, "/api/hello") == "alone"


def test_services_that_are_configured_are_not_started(start_host: StartHost, tmp_path: Path) -> None:
    write_app(tmp_path, HELLO.format(text="configured"))
    host = start_host("app", REDIS_URL="redis://127.0.0.1:1/0", AzureWebJobsStorage="BlobEndpoint=http://127.0.0.1:1")
    assert get(host, "/api/hello") == "configured"
    assert not list(host.data.glob("*.json"))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_the_host_cleanly_and_its_services_with_it(
    start_host: StartHost, tmp_path: Path, number: signal.Signals
) -> None:
    write_app(tmp_path, HELLO)
    host = start_host("app")
    pids = service_pids(host.data)
    assert host.stop(number) == 0, host.log
    assert not any(is_alive(pid) for pid in pids)
    assert "Traceback" not in host.log


def test_nothing_outlives_a_host_that_is_killed_and_it_starts_again_on_its_data(
    start_host: StartHost,
) -> None:
    host = start_host("doors")
    pids = [*service_pids(host.data), int(get(host, "/api/pid"))]
    storage, redis = get(host, "/api/setting/AzureWebJobsStorage"), get(host, "/api/setting/REDIS_URL")
    host.process.kill()
    host.process.wait()
    again = start_host("doors")
    wait_until_ended(pids)
    assert get(again, "/api/setting/AzureWebJobsStorage") == storage
    assert get(again, "/api/setting/REDIS_URL") == redis


def test_stopping_while_it_starts_leaves_nothing_behind(tmp_path: Path) -> None:
    host = launch(app_copy("doors", tmp_path, {"ORDERS_QUEUE": "o", "TICK": "0 0 3 1 1 *"}), tmp_path / "data")
    deadline = time.monotonic() + 20
    while not (host.data / "azurite.json").exists():
        assert time.monotonic() < deadline, host.log
        time.sleep(0.02)
    assert host.stop() == 0, host.log
    wait_until_ended(service_pids(host.data))


def test_a_running_request_is_answered_before_the_host_stops(start_host: StartHost) -> None:
    host = start_host("doors")
    caller = subprocess.Popen(
        [
            sys.executable,
            "-c",
            f"import httpx; print(httpx.get('{host.url}/api/pid?wait_s=2', timeout=30).status_code)",
        ],
        stdout=subprocess.PIPE,
    )
    host.wait_for_log("Executing 'Functions.pid'")
    assert host.stop() == 0
    assert caller.communicate(timeout=30)[0].strip() == b"200"


def test_work_is_spread_over_the_worker_processes(start_host: StartHost, tmp_path: Path) -> None:
    host = start_host("doors", FUNCTIONS_WORKER_PROCESS_COUNT="2")
    with httpx.Client(base_url=host.url, timeout=30) as client:
        with ThreadPoolExecutor(6) as threads:
            answers = [threads.submit(client.get, "/api/pid?wait_s=0.5") for _ in range(6)]
        pids = {answer.result().text for answer in answers}
    assert len(pids) == 2


def test_a_function_over_its_time_limit_fails_and_its_worker_is_replaced(start_host: StartHost, tmp_path: Path) -> None:
    app = app_copy("doors", tmp_path, {"ORDERS_QUEUE": "orders", "TICK": "0 0 3 1 1 *"})
    settings = json.loads((app / "host.json").read_text())
    (app / "host.json").write_text(json.dumps({**settings, "functionTimeout": "00:00:01"}))
    host = start_host("doors")
    assert httpx.get(f"{host.url}/api/blocks?wait_s=60", timeout=30).status_code == 500
    assert "exceeded by blocks" in host.log
    assert httpx.get(f"{host.url}/api/pid", timeout=30).status_code == 200


def test_a_setting_of_the_environment_overrides_host_json(start_host: StartHost, tmp_path: Path) -> None:
    write_app(tmp_path, HELLO.format(text="moved"))
    host = start_host("app", AzureFunctionsJobHost__extensions__http__routePrefix="v2", **NO_STORAGE)
    assert get(host, "/v2/hello") == "moved"


def test_a_change_of_code_is_picked_up(start_host: StartHost, tmp_path: Path) -> None:
    app = write_app(tmp_path, HELLO.format(text="before"))
    host = start_host("app", **NO_STORAGE, arguments=("--reload",))
    assert get(host, "/api/hello") == "before"
    (app / "function_app.py").write_text(HELLO.format(text="after"))
    host.wait_for_log("Host reloaded")
    assert get(host, "/api/hello") == "after"

    (app / "function_app.py").write_text("def broken(:")
    host.wait_for_log("SyntaxError")
    assert get(host, "/api/hello") == "after"

    (app / "function_app.py").write_text(HELLO.format(text="mended").replace('"hello")', '"moved")'))
    deadline = time.monotonic() + 20
    while httpx.get(f"{host.url}/api/moved", timeout=30).text != "mended":
        assert time.monotonic() < deadline, host.log
        time.sleep(0.1)
    assert httpx.get(f"{host.url}/api/hello", timeout=30).status_code == 404


def test_no_module_of_the_host_shadows_one_of_the_app(start_host: StartHost, tmp_path: Path) -> None:
    app = write_app(tmp_path, "import config, services\n" + HELLO.format(text="mine") + "\nassert config.mine\n")
    (app / "config.py").write_text("mine = True\n")
    (app / "services.py").write_text("")
    assert get(start_host("app", **NO_STORAGE), "/api/hello") == "mine"


def test_print_and_log_levels_of_the_app_are_kept(start_host: StartHost, tmp_path: Path) -> None:
    source = HELLO.format(text="x").replace(
        "    return",
        '    import logging\n    print("printed")\n    logging.info("quiet")\n    logging.error("loud")\n    return',
    )
    levels = {
        "version": "2.0",
        "logging": {"logLevel": {"default": "Information", "Function.hello": "Error"}},
    }
    write_app(tmp_path, source, json.dumps(levels))
    host = start_host("app", **NO_STORAGE)
    get(host, "/api/hello")
    host.wait_for_log("loud")
    assert "printed" in host.log
    assert "quiet" not in host.log
    assert "Executed 'Functions.hello'" not in host.log


def test_the_app_may_be_named_instead_of_entered(tmp_path: Path) -> None:
    app = write_app(tmp_path, HELLO.format(text="named"))
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    host = await_start(launch(elsewhere, tmp_path / "data", ("--app", str(app)), **NO_STORAGE))
    try:
        assert get(host, "/api/hello") == "named"
    finally:
        assert host.stop() == 0
    assert os.listdir(elsewhere) == []
