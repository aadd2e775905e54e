"""The widget's script, as shops fetch it."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from passend import widget

router = APIRouter(tags=["widget"])
PATH = f"/v{widget.VERSION}/widget.js"


@router.get(PATH, response_class=Response)
async def script(request: Request) -> Response:
    """The script; its fingerprint is the ETag, and ``integrity`` of the script tag."""
    tag = f'"{widget.integrity()}"'
    headers = {
        "ETag": tag,
        "Cache-Control": "public, max-age=300",
        "Access-Control-Allow-Origin": "*",
        "Cross-Origin-Resource-Policy": "cross-origin",
    }
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    return Response(widget.script(), media_type="text/javascript; charset=utf-8", headers=headers)
