"""The routes under `/api`: repositories, their revisions, trees, commits and names."""

import base64
import json
from typing import Any

import yaml
from aiohttp import web

from tests.support.loopback_hub.guard import Guard
from tests.support.loopback_hub.storage import MAIN, Change, Commit, Refused, Repository, Storage, is_large
from tests.support.loopback_hub.trees import blob, date, last_change, listing

KINDS = {"datasets": "dataset", "models": "model"}
_PER_PAGE = 1000


class Repositories:
    """Handlers; each answers one route of the table in `routes`."""

    def __init__(self, storage: Storage, guard: Guard) -> None:
        self.storage = storage
        self.guard = guard
        self.per_page = _PER_PAGE

    def routes(self) -> list[tuple[str, str, str, Any]]:
        """Returns name, method, path and handler."""
        one = "/api/{kind:datasets|models}/{owner}/{name}"
        return [
            ("whoami", "GET", "/api/whoami-v2", self.whoami),
            ("harnesses", "GET", "/api/agent-harnesses", self.harnesses),
            ("validate-yaml", "POST", "/api/validate-yaml", self.validate_yaml),
            ("create", "POST", "/api/repos/create", self.create),
            ("delete", "DELETE", "/api/repos/delete", self.delete),
            ("info", "GET", one, self.info),
            ("revision", "GET", one + "/revision/{revision}", self.info),
            ("tree", "GET", one + "/tree/{revision}", self.tree),
            ("tree", "GET", one + "/tree/{revision}/{path:.*}", self.tree),
            ("paths-info", "POST", one + "/paths-info/{revision}", self.paths_info),
            ("refs", "GET", one + "/refs", self.refs),
            ("commits", "GET", one + "/commits/{revision}", self.commits),
            ("preupload", "POST", one + "/preupload/{revision}", self.preupload),
            ("commit", "POST", one + "/commit/{revision}", self.commit),
            ("create-branch", "POST", one + "/branch/{branch}", self.create_branch),
            ("delete-branch", "DELETE", one + "/branch/{branch}", self.delete_branch),
            ("create-tag", "POST", one + "/tag/{revision}", self.create_tag),
            ("delete-tag", "DELETE", one + "/tag/{tag}", self.delete_tag),
            ("settings", "PUT", one + "/settings", self.settings),
        ]

    async def whoami(self, request: web.Request) -> web.Response:
        self.guard.check_write(request)
        return web.json_response({"type": "user", "name": "tester", "fullname": "Tester", "orgs": [], "auth": {"accessToken": {"role": "write"}}})

    async def harnesses(self, request: web.Request) -> web.Response:
        return web.json_response({"error": "Not found"}, status=404)

    async def validate_yaml(self, request: web.Request) -> web.Response:
        content = (await request.json())["content"]
        parts = content.split("---\n", 2)
        if not content.startswith("---\n") or len(parts) < 3:
            return web.json_response({"errors": [], "warnings": [{"message": "empty or missing yaml metadata in repo card"}]})
        errors = front_matter_errors(parts[1])
        return web.json_response({"errors": [{"message": one} for one in errors], "warnings": []}, status=400 if errors else 200)

    async def create(self, request: web.Request) -> web.Response:
        self.guard.check_write(request)
        wanted = await request.json()
        kind, repository = _named(wanted)
        url = f"{request.url.origin()}/{'' if kind == 'model' else 'datasets/'}{repository}"
        private = wanted.get("private", False) or wanted.get("visibility") == "private"
        try:
            self.storage.create(kind, repository, private)
        except Refused as error:
            return web.json_response({"error": error.message, "url": url}, status=error.status)
        return web.json_response({"url": url, "name": repository, "private": private})

    async def delete(self, request: web.Request) -> web.Response:
        self.guard.check_write(request)
        kind, repository = _named(await request.json())
        del self.storage.repositories[kind, self.guard.find(request, kind, repository).id]
        return web.json_response({})

    async def info(self, request: web.Request) -> web.Response:
        repository = self._read(request)
        commit = repository.resolve(request.match_info.get("revision", MAIN))
        blobs = request.query.get("blobs") in ("true", "True", "1")
        siblings = [{"rfilename": path} | (blob(file) if blobs else {}) for path, file in sorted(commit.files.items())]
        facts = {"id": repository.id, "author": repository.id.split("/")[0], "sha": commit.id, "private": repository.private, "gated": repository.gated}
        dates = {"lastModified": date(commit), "createdAt": date(repository.log(commit.id)[-1])}
        card = self._card(commit)
        return web.json_response(facts | dates | {"disabled": False, "downloads": 0, "likes": 0, "tags": [], "cardData": card, "siblings": siblings})

    async def tree(self, request: web.Request) -> web.Response:
        repository = self._read(request)
        commit = repository.resolve(request.match_info["revision"])
        folder = request.match_info.get("path", "").strip("/")
        recursive = request.query.get("recursive", "").lower() in ("true", "1")
        entries = listing(commit, folder, recursive)
        if folder and not entries:
            raise Refused(404, f"{folder} does not exist on {commit.id}", "EntryNotFound", commit.id)
        begin = int(request.query.get("cursor", 0))
        page = entries[begin : begin + self.per_page]
        if request.query.get("expand", "").lower() in ("true", "1"):
            page = [entry | {"lastCommit": last_change(repository, commit, entry["path"])} for entry in page]
        headers = {}
        if begin + self.per_page < len(entries):
            headers["Link"] = f'<{request.url.update_query(cursor=begin + self.per_page)}>; rel="next"'
        return web.json_response(page, headers=headers)

    async def paths_info(self, request: web.Request) -> web.Response:
        repository = self._read(request)
        commit = repository.resolve(request.match_info["revision"])
        body = await request.json() if request.content_type == "application/json" else await request.post()
        paths = body["paths"] if isinstance(body, dict) else body.getall("paths", [])
        wanted = {str(path).strip("/") for path in paths}
        entries = [entry for entry in listing(commit, "", recursive=True) if entry["path"] in wanted]
        if str(body.get("expand", "")).lower() in ("true", "1"):
            entries = [entry | {"lastCommit": last_change(repository, commit, entry["path"])} for entry in entries]
        return web.json_response(entries)

    async def refs(self, request: web.Request) -> web.Response:
        repository = self._read(request)
        branches = [{"name": name, "ref": f"refs/heads/{name}", "targetCommit": commit} for name, commit in repository.branches.items()]
        tags = [{"name": name, "ref": f"refs/tags/{name}", "targetCommit": commit} for name, commit in repository.tags.items()]
        return web.json_response({"branches": branches, "tags": tags, "converts": [], "pullRequests": []})

    async def commits(self, request: web.Request) -> web.Response:
        log = self._read(request).log(request.match_info["revision"])
        authors = [{"user": "tester"}]
        return web.json_response([{"id": one.id, "title": one.title, "message": one.message, "date": date(one), "authors": authors} for one in log])

    async def preupload(self, request: web.Request) -> web.Response:
        repository = self._write(request)
        files = repository.resolve(request.match_info["revision"]).files
        answers = []
        for wanted in (await request.json())["files"]:
            path, there = wanted["path"], files.get(wanted["path"])
            mode = "lfs" if is_large(path, wanted["size"]) else "regular"
            answers.append({"path": path, "uploadMode": mode, "shouldIgnore": False, "oid": there.etag if there else None})
        return web.json_response({"files": answers})

    async def commit(self, request: web.Request) -> web.Response:
        repository = self._write(request)
        if request.query.get("create_pr"):
            raise Refused(501, "Pull requests are not part of the loopback Hub.")
        lines = [json.loads(line) for line in (await request.text()).splitlines() if line.strip()]
        headers = [line["value"] for line in lines if line["key"] == "header"]
        if len(headers) != 1 or not headers[0].get("summary"):
            raise Refused(400, "A commit wants one header with a summary.")
        changes = [self._change(line["key"], line["value"]) for line in lines if line["key"] != "header"]
        header, branch = headers[0], request.match_info["revision"]
        made = repository.commit(branch, changes, header["summary"], header.get("description", ""), header.get("parentCommit"))
        url = f"{request.url.origin()}/{'' if repository.kind == 'model' else 'datasets/'}{repository.id}/commit/{made.id}"
        return web.json_response({"success": True, "commitOid": made.id, "commitUrl": url, "hookOutput": ""})

    async def create_branch(self, request: web.Request) -> web.Response:
        start = (await request.json()).get("startingPoint", MAIN) if request.can_read_body else MAIN
        self._write(request).branch(request.match_info["branch"], start)
        return web.json_response({})

    async def delete_branch(self, request: web.Request) -> web.Response:
        repository, branch = self._write(request), request.match_info["branch"]
        if branch == MAIN:
            raise Refused(403, "Cannot delete the default branch.")
        if repository.branches.pop(branch, None) is None:
            raise Refused(404, f"Invalid rev id: {branch}", "RevisionNotFound")
        return web.json_response({})

    async def create_tag(self, request: web.Request) -> web.Response:
        self._write(request).tag((await request.json())["tag"], request.match_info["revision"])
        return web.json_response({})

    async def delete_tag(self, request: web.Request) -> web.Response:
        tag = request.match_info["tag"]
        if self._write(request).tags.pop(tag, None) is None:
            raise Refused(404, f"Invalid rev id: {tag}", "RevisionNotFound")
        return web.json_response({})

    async def settings(self, request: web.Request) -> web.Response:
        repository, wanted = self._write(request), await request.json()
        repository.private = wanted.get("private", wanted.get("visibility", "private" if repository.private else "public") == "private")
        repository.gated = wanted.get("gated", repository.gated)
        return web.json_response({"private": repository.private, "gated": repository.gated})

    def _read(self, request: web.Request) -> Repository:
        return self.guard.find(request, KINDS[request.match_info["kind"]], _id(request))

    def _write(self, request: web.Request) -> Repository:
        self.guard.check_write(request)
        return self._read(request)

    def _card(self, commit: Commit) -> Any:
        if "README.md" not in commit.files:
            return None
        parts = self.storage.blobs[commit.files["README.md"].sha256].decode().split("---\n", 2)
        return yaml.safe_load(parts[1]) if len(parts) == 3 and not parts[0] else None

    def _change(self, key: str, value: dict[str, Any]) -> Change:
        blobs = self.storage.blobs
        match key:
            case "file":
                content = base64.b64decode(value["content"]) if value.get("encoding") == "base64" else value["content"].encode()
                return Change(value["path"], blobs.file(blobs.put(content), large=False))
            case "lfsFile":
                if value["oid"] not in blobs or value.get("size", len(blobs[value["oid"]])) != len(blobs[value["oid"]]):
                    raise Refused(400, f"{value['path']}: its large file was never uploaded: {value['oid']}")
                return Change(value["path"], blobs.file(value["oid"], large=True))
            case "deletedFile" | "deletedFolder":
                return Change(value["path"], None, folder=key == "deletedFolder")
        raise Refused(400, f"A commit has no lines of the kind {key}.")


def front_matter_errors(text: str) -> list[str]:
    """Returns what is wrong with a card's YAML: a small part of what the Hub checks."""
    try:
        found = yaml.safe_load(text)
    except yaml.YAMLError as error:
        return [f"The YAML cannot be read: {error}"]
    if not isinstance(found, dict):
        return ["The metadata must be a mapping."]
    errors = [
        f'"{key}" must be a string or a list of strings' for key in ("license", "language", "tags", "task_categories") if not _strings(found.get(key, ""))
    ]
    configs = found.get("configs", [])
    if not isinstance(configs, list) or not all(isinstance(one, dict) and "config_name" in one for one in configs):
        errors.append('"configs" must be a list of mappings with a config_name')
    return errors


def _strings(value: Any) -> bool:
    return isinstance(value, str) or (isinstance(value, list) and all(isinstance(one, str) for one in value))


def _named(wanted: dict[str, Any]) -> tuple[str, str]:
    return wanted.get("type") or "model", f"{wanted.get('organization') or 'tester'}/{wanted['name']}"


def _id(request: web.Request) -> str:
    return f"{request.match_info['owner']}/{request.match_info['name']}"
