"""The routes of the files themselves: large file uploads, and downloads whole or in part."""

import re
from typing import Any

from aiohttp import web
from yarl import URL

from tests.support.loopback_hub.guard import Guard
from tests.support.loopback_hub.storage import MAIN, File, Refused, Storage

_RANGE = re.compile(r"bytes=(\d*)-(\d*)")
_CHUNK = 64 * 1024


class Content:
    """Handlers. Large files lie at another address, as on the Hub: `resolve` sends a reader there, and no token should follow."""

    def __init__(self, storage: Storage, guard: Guard) -> None:
        self.storage = storage
        self.guard = guard
        self.blob_address = URL()
        self.halved: set[int] = set()
        """The requests, by `id`, whose answer's body ends half way."""

    def routes(self) -> list[tuple[str, str, str, Any]]:
        """Returns name, method, path and handler."""
        found: list[tuple[str, str, str, Any]] = [
            ("blob-upload", "PUT", "/blobs/{sha256}", self.upload),
            ("blob-head", "HEAD", "/blobs/{sha256}", self.blob),
            ("blob-download", "GET", "/blobs/{sha256}", self.blob),
        ]
        for one in ("/{kind:datasets}/{owner}/{name}", "/{owner}/{name}"):
            found += [
                ("lfs-batch", "POST", one + ".git/info/lfs/objects/batch", self.batch),
                ("lfs-verify", "POST", one + ".git/info/lfs/objects/verify", self.verify),
                ("resolve-head", "HEAD", one + "/resolve/{revision}/{path:.+}", self.resolve),
                ("resolve", "GET", one + "/resolve/{revision}/{path:.+}", self.resolve),
            ]
        return found

    async def batch(self, request: web.Request) -> web.Response:
        self.guard.check_write(request)
        self.guard.find(request, *_repository(request))
        wanted = await request.json()
        if wanted.get("operation") != "upload" or "basic" not in wanted.get("transfers", ["basic"]):
            raise Refused(422, "Only basic uploads are part of the loopback Hub.")
        objects = [{"oid": one["oid"], "size": one["size"]} | self._actions(request, one["oid"]) for one in wanted["objects"]]
        return web.json_response({"transfer": "basic", "objects": objects}, content_type="application/vnd.git-lfs+json")

    async def verify(self, request: web.Request) -> web.Response:
        self.guard.check_write(request)
        wanted = await request.json()
        blobs = self.storage.blobs
        if wanted["oid"] not in blobs or len(blobs[wanted["oid"]]) != wanted["size"]:
            raise Refused(404, f"There is no object {wanted['oid']} of {wanted['size']} bytes.")
        return web.json_response({})

    async def upload(self, request: web.Request) -> web.Response:
        self.storage.blobs.put(await request.read(), request.match_info["sha256"])
        return web.Response()

    async def blob(self, request: web.Request) -> web.StreamResponse:
        sha256 = request.match_info["sha256"]
        if sha256 not in self.storage.blobs:
            raise Refused(404, f"There is no object {sha256}.")
        return await self._send(request, sha256, {"ETag": f'"{sha256}"'})

    async def resolve(self, request: web.Request) -> web.StreamResponse:
        repository = self.guard.find(request, *_repository(request))
        self.guard.check_content(request, repository)
        commit = repository.resolve(request.match_info.get("revision", MAIN))
        file = commit.files.get(request.match_info["path"])
        if file is None:
            raise Refused(404, "Entry not found", "EntryNotFound", commit.id)
        headers = {"X-Repo-Commit": commit.id, "ETag": f'"{file.etag}"'}
        if not file.large:
            return await self._send(request, file.sha256, headers)
        headers |= _linked(file) | {"Location": str(self.blob_address / "blobs" / file.sha256)}
        return web.Response(status=302, headers=headers)

    def _actions(self, request: web.Request, sha256: str) -> dict[str, Any]:
        if sha256 in self.storage.blobs:
            return {}
        verify = request.url.with_name("verify")
        return {"actions": {"upload": {"href": str(self.blob_address / "blobs" / sha256)}, "verify": {"href": str(verify)}}}

    async def _send(self, request: web.Request, sha256: str, headers: dict[str, str]) -> web.StreamResponse:
        content = self.storage.blobs[sha256]
        begin, end = asked_range(request.headers.get("Range"), len(content))
        status = 200 if (begin, end) == (0, len(content)) and "Range" not in request.headers else 206
        headers = headers | {"Accept-Ranges": "bytes", "Content-Type": "application/octet-stream"}
        if status == 206:
            headers["Content-Range"] = f"bytes {begin}-{end - 1}/{len(content)}"
        response = web.StreamResponse(status=status, headers=headers)
        response.content_length = end - begin
        await response.prepare(request)
        if request.method == "HEAD":
            return response
        stop = begin + (end - begin) // 2 if id(request) in self.halved else end
        for at in range(begin, stop, _CHUNK):
            await response.write(content[at : min(at + _CHUNK, stop)])
        if stop < end and request.transport is not None:
            request.transport.close()
        return response


def asked_range(header: str | None, size: int) -> tuple[int, int]:
    """Returns the first byte and the one after the last that a `Range` header asks for.

    Raises:
        Refused: 416, nothing of it is there.
    """
    found = _RANGE.fullmatch(header) if header else None
    if found is None or found.groups() == ("", ""):
        return 0, size
    first, last = found.groups()
    begin, end = (max(size - int(last), 0), size) if not first else (int(first), min(int(last) + 1, size) if last else size)
    if begin >= end:
        raise Refused(416, f"Asked for {header} of {size} bytes.")
    return begin, end


def _linked(file: File) -> dict[str, str]:
    return {"X-Linked-Etag": f'"{file.sha256}"', "X-Linked-Size": str(file.size), "Accept-Ranges": "bytes"}


def _repository(request: web.Request) -> tuple[str, str]:
    match = request.match_info
    return "dataset" if "kind" in match else "model", f"{match['owner']}/{match['name']}"
