"""What every answer tells a browser: to run, frame and guess nothing that was not meant to be."""

from collections.abc import Mapping

import azure.functions as func

OF_ANY_ANSWER: Mapping[str, str] = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}
OF_DATA: Mapping[str, str] = {
    **OF_ANY_ANSWER,
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
}
OF_PAGES: Mapping[str, str] = {
    **OF_ANY_ANSWER,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
ONLY_HTTPS = ("Strict-Transport-Security", "max-age=31536000")


def protect(request: func.HttpRequest, response: func.HttpResponse) -> None:
    """Add what a door has not said itself."""
    for name, value in OF_DATA.items():
        response.headers.setdefault(name, value)
    if request.url.startswith("https:"):
        response.headers.setdefault(*ONLY_HTTPS)
