import json
import re
from datetime import timedelta
from pathlib import Path

import pytest

from devhost.config import AppSettings, parse_time_span, read_host_config, read_settings
from devhost.errors import HostError
from devhost.expressions import UnknownExpression, resolve, trigger_data


def write_host(folder: Path, content: object) -> None:
    (folder / "host.json").write_text(json.dumps(content))


def test_what_host_json_leaves_out_has_the_documented_default(tmp_path: Path) -> None:
    write_host(tmp_path, {"version": "2.0"})
    config = read_host_config(tmp_path, AppSettings({}))
    assert config.route_prefix == "api"
    assert config.function_timeout == timedelta(minutes=30)
    assert (config.queues.batch_size, config.queues.new_batch_threshold) == (16, 8)
    assert (config.queues.max_dequeue_count, config.queues.base64) == (5, True)


def test_host_json_and_the_settings_that_override_it_are_read_in_any_case(tmp_path: Path) -> None:
    queues = {"batchSize": 4, "maxDequeueCount": 3, "visibilityTimeout": "00:01:30", "messageEncoding": "none"}
    extensions = {"queues": queues, "durableTask": {"hubName": "%HUB%", "maxConcurrentActivityFunctions": 7}}
    write_host(tmp_path, {"version": "2.0", "functionTimeout": "-1", "extensions": extensions})
    settings = AppSettings({"HUB": "Desk", "AzureFunctionsJobHost__EXTENSIONS__queues__batchsize": "2"})
    config = read_host_config(tmp_path, settings)
    assert (config.queues.batch_size, config.queues.max_dequeue_count) == (2, 3)
    assert config.queues.visibility_timeout == timedelta(seconds=90)
    assert not config.queues.base64
    assert (config.hub_name, config.max_activities, config.function_timeout) == ("Desk", 7, None)


@pytest.mark.parametrize(
    ("queues", "complaint"),
    [({"batchSize": 40}, "batchSize"), ({"messageEncoding": "rot13"}, "rot13"), ({"batchSize": "many"}, "many")],
)
def test_a_value_that_cannot_be_is_refused(tmp_path: Path, queues: dict[str, object], complaint: str) -> None:
    write_host(tmp_path, {"version": "2.0", "extensions": {"queues": queues}})
    with pytest.raises(HostError, match=re.escape(complaint)):
        read_host_config(tmp_path, AppSettings({}))


def test_encrypted_local_settings_are_refused(tmp_path: Path) -> None:
    (tmp_path / "local.settings.json").write_text('{"IsEncrypted": true, "Values": {}}')
    with pytest.raises(HostError, match="encrypted"):
        read_settings(tmp_path, {})


def test_a_connection_is_found_under_its_name_and_under_the_prefixed_one() -> None:
    settings = AppSettings({"AzureWebJobsArchive": "a", "Other": "o", "AzureWebJobsStorage": "s"})
    assert [settings.connection_string(name) for name in ("Archive", "Other", "")] == ["a", "o", "s"]
    with pytest.raises(HostError, match="Missing"):
        settings.connection_string("Missing")


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("00:00:01", timedelta(seconds=1)),
        ("1.02:00:00", timedelta(days=1, hours=2)),
        ("00:00:00.5", timedelta(milliseconds=500)),
    ],
)
def test_time_spans_are_read(text: str, span: timedelta) -> None:
    assert parse_time_span(text) == span


def test_expressions_name_metadata_and_fields_of_the_body() -> None:
    data = trigger_data({"Id": "7"}, '{"ticket": {"kind": "a"}, "n": 5}')
    assert resolve("box/{id}/{ticket.kind}-{n}.json", data) == "box/7/a-5.json"
    assert re.fullmatch(r"[0-9a-f-]{36}", resolve("{rand-guid}", data))
    assert re.fullmatch(r"20\d\d-\d\d", resolve("{DateTime:yyyy-MM}", data))
    with pytest.raises(UnknownExpression, match="colour"):
        resolve("{colour}", data)
