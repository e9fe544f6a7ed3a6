"""Functions that read and write HTTP bodies piece by piece, with the worker's streaming extension."""

import asyncio
from collections.abc import AsyncIterator

import azure.functions as func
from azurefunctions.extensions.http.fastapi import Request, Response, StreamingResponse

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)


@app.route(route="count/{to:int}", methods=["GET"])
async def count(req: Request) -> StreamingResponse:
    async def numbers() -> AsyncIterator[bytes]:
        for number in range(int(req.path_params["to"])):
            yield f"{number}\n".encode()
            await asyncio.sleep(0.3)

    return StreamingResponse(numbers(), media_type="text/plain")


@app.route(route="size", methods=["POST"])
async def size(req: Request) -> Response:
    total = 0
    async for piece in req.stream():
        total += len(piece)
    return Response(str(total), headers={"x-query": req.query_params.get("q", "")})


@app.route(route="raises")
async def raises(req: Request) -> Response:
    raise ValueError("a secret detail")
