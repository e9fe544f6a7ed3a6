import pytest

from devhost.errors import HostError
from devhost.routes import compile_route


@pytest.mark.parametrize(
    ("template", "path", "values"),
    [
        ("a/b", "A/b", {}),
        ("x/{id:int}", "x/-7", {"id": "-7"}),
        ("x/{id:int}", "x/7up", None),
        ("x/{id:int}", "x/99999999999", None),
        ("x/{id:long}", "x/99999999999", {"id": "99999999999"}),
        ("x/{ok:bool}", "x/True", {"ok": "True"}),
        ("x/{ok:bool}", "x/1", None),
        ("x/{name:alpha}", "x/ab1", None),
        (
            "x/{id:guid}",
            "x/11111111-2222-3333-4444-555555555555",
            {"id": "11111111-2222-3333-4444-555555555555"},
        ),
        ("x/{id:guid}", "x/1111", None),
        ("x/{n:range(1,9)}", "x/9", {"n": "9"}),
        ("x/{n:range(1,9)}", "x/10", None),
        ("x/{n:minlength(2):maxlength(3)}", "x/abcd", None),
        ("x/{n:length(3)}", "x/abc", {"n": "abc"}),
        ("x/{day:datetime}", "x/2026-03-01", {"day": "2026-03-01"}),
        ("x/{code:regex(^[A-Z]+$)}", "x/AB", {"code": "AB"}),
        ("x/{code:regex(^[A-Z]+$)}", "x/ab", None),
        ("x/{id?}", "x", {}),
        ("x/{id=5}", "x", {"id": "5"}),
        ("x/{id=5}", "x/6", {"id": "6"}),
        ("v{major}.{minor}", "v1.2", {"major": "1", "minor": "2"}),
        ("{*rest}", "", {}),
        ("x/{*rest}", "x/a/b", {"rest": "a/b"}),
        ("x/{id}", "x", None),
        ("x/{id}", "x/a/b", None),
    ],
)
def test_a_template_matches_what_it_describes(template: str, path: str, values: dict[str, str] | None) -> None:
    assert compile_route(template).match(path) == values


def test_the_more_specific_template_comes_first() -> None:
    templates = ["x/{*rest}", "x/{id}", "x/{id:int}", "x/new"]
    assert sorted(templates, key=lambda template: compile_route(template).rank) == templates[::-1]


def test_an_unknown_constraint_is_refused_by_name() -> None:
    with pytest.raises(HostError, match="colour"):
        compile_route("x/{id:colour}")
