import json
import socket
import time
from concurrent.futures import ThreadPoolExecutor

import httpx

from tests.host.conftest import RunningHost


def test_a_route_with_an_optional_parameter_answers_with_and_without_it(client: httpx.Client) -> None:
    assert client.get("/api/hello/Ada").text == "hello Ada"
    assert client.get("/api/hello").text == "hello world"


def test_a_parameter_is_given_decoded(client: httpx.Client) -> None:
    assert client.get("/api/hello/Ada%20%C3%89").text == "hello Ada É"


def test_a_constraint_decides_whether_a_route_matches(client: httpx.Client) -> None:
    assert client.put("/api/items/41").text == "item 42"
    assert client.put("/api/items/many").status_code == 404


def test_a_method_that_is_not_named_is_an_unknown_route(client: httpx.Client) -> None:
    assert client.get("/api/items/41").status_code == 404
    assert client.delete("/api/hello").status_code == 404


def test_a_function_that_names_no_method_answers_all(client: httpx.Client) -> None:
    assert client.patch("/api/plain").text == "PATCH from a thread"


def test_a_catch_all_takes_the_rest_of_the_path(client: httpx.Client) -> None:
    assert client.get("/api/files/a/b/c.txt").text == "a/b/c.txt"
    assert client.get("/api/files").text == ""


def test_an_unknown_route_and_a_missing_prefix_are_404(client: httpx.Client) -> None:
    assert client.get("/api/nothing").status_code == 404
    assert client.get("/hello").status_code == 404


def test_a_text_result_is_plain_text_with_status_200(client: httpx.Client) -> None:
    answer = client.get("/api/plain")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/plain; charset=utf-8")


def test_bytes_headers_cookies_query_and_status_pass_unchanged(client: httpx.Client) -> None:
    body = bytes(range(256))
    answer = client.post("/api/echo?a=1&a=2&b=%C3%A9", content=body)
    assert (answer.status_code, answer.content) == (201, body)
    assert answer.headers["content-type"] == "application/octet-stream"
    assert json.loads(answer.headers["x-query"]) == {"a": "1,2", "b": "é"}
    assert answer.headers["x-url"].endswith("/api/echo?a=1&a=2&b=%C3%A9")
    cookies = answer.headers.get_list("set-cookie")
    assert {part.strip().lower() for part in cookies[0].split(";")} == {
        "a=1",
        "path=/",
        "httponly",
        "samesite=lax",
        "max-age=60",
    }
    assert cookies[1] == "b=2"


def test_a_body_of_30_mebibytes_arrives_whole(client: httpx.Client) -> None:
    answer = client.post("/api/echo", content=b"x" * 30 * 1024 * 1024)
    assert answer.headers["x-length"] == str(30 * 1024 * 1024)


def test_a_form_is_read(client: httpx.Client) -> None:
    assert client.post("/api/form", data={"field": "a b"}).text == "a b"


def test_an_exception_is_500_and_shows_nothing_of_it(client: httpx.Client, doors: RunningHost) -> None:
    answer = client.get("/api/raises")
    assert (answer.status_code, answer.text) == (500, "")
    doors.wait_for_log("ValueError: a secret detail")


def test_async_handlers_and_threads_run_side_by_side(doors: RunningHost) -> None:
    def get(path: str) -> int:
        return httpx.get(f"{doors.url}/api/{path}?wait_s=1", timeout=30).status_code

    started = time.monotonic()
    with ThreadPoolExecutor(16) as threads:
        statuses = list(threads.map(get, ["pid"] * 12 + ["blocks"] * 3))
    assert statuses == [200] * 15
    assert time.monotonic() - started < 8


def test_the_trace_of_the_caller_is_that_of_the_function(client: httpx.Client) -> None:
    trace_id = "4bf92f3577b34da6a3ce929d0e0e4736"
    parent = f"00-{trace_id}-00f067aa0ba902b7-01"
    seen = client.get("/api/trace", headers={"traceparent": parent}).json()
    assert seen == {"parent": parent, "active": trace_id}


def test_a_request_without_a_trace_starts_one(client: httpx.Client) -> None:
    first, second = (client.get("/api/trace").json() for _ in range(2))
    assert first["active"] in first["parent"]
    assert first["active"] != second["active"]


def test_the_environment_wins_over_local_settings(client: httpx.Client) -> None:
    assert client.get("/api/setting/FROM_FILE").text == "file"
    assert client.get("/api/setting/FROM_BOTH").text == "environment"


def test_each_invocation_is_logged_with_its_outcome_and_what_the_function_logs(
    client: httpx.Client, doors: RunningHost
) -> None:
    client.get("/api/hello/Grace")
    doors.wait_for_log("greeting Grace")
    assert "Executing 'Functions.hello' (Reason='" in doors.log
    assert "Executed 'Functions.hello' (Succeeded, Id=" in doors.log


def test_the_functions_are_listed_with_methods_and_addresses(doors: RunningHost) -> None:
    assert f"hello: [GET,POST] {doors.url}/api/hello/{{name?}}" in doors.log
    assert f"plain: {doors.url}/api/plain" in doors.log
    assert "take_order: queueTrigger" in doors.log
    assert "tick: timerTrigger" in doors.log


def test_a_caller_that_hangs_up_does_not_end_the_invocation(doors: RunningHost) -> None:
    host, port = doors.url.removeprefix("http://").split(":")
    before = doors.log.count("Executed 'Functions.pid' (Succeeded")
    with socket.create_connection((host, int(port))) as caller:
        caller.sendall(b"GET /api/pid?wait_s=0.5 HTTP/1.1\r\nHost: here\r\n\r\n")
        time.sleep(0.2)
    deadline = time.monotonic() + 10
    while doors.log.count("Executed 'Functions.pid' (Succeeded") == before:
        assert time.monotonic() < deadline, doors.log
        time.sleep(0.05)


def test_a_worker_that_dies_fails_its_request_and_is_replaced(client: httpx.Client) -> None:
    before = client.get("/api/pid").text
    assert client.get("/api/dies").status_code == 502
    after = client.get("/api/pid")
    assert after.status_code == 200
    assert after.text != before


def test_the_host_reports_its_state(client: httpx.Client) -> None:
    assert client.get("/admin/host/status").json()["state"] == "Running"
    assert {"hello", "tick"} <= {function["name"] for function in client.get("/admin/functions").json()}
    assert client.post("/admin/functions/nothing").status_code == 404
