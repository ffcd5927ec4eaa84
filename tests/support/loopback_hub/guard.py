"""Who may do what."""

from aiohttp import web

from tests.support.loopback_hub.storage import Refused, Repository, Storage


class Guard:
    """With a token, writing and reading what is private or gated needs it; without one everything is open."""

    def __init__(self, storage: Storage, token: str | None) -> None:
        self.storage = storage
        self.token = token

    def knows(self, request: web.Request) -> bool:
        return self.token is None or request.headers.get("Authorization") == f"Bearer {self.token}"

    def check_write(self, request: web.Request) -> None:
        """Raises: Refused: 401 without the right token."""
        if not self.knows(request):
            raise Refused(401, "Invalid username or password.")

    def find(self, request: web.Request, kind: str, repository: str) -> Repository:
        """Returns a repository that the request may know of.

        Raises:
            Refused: there is none, or it is private and the token is not there: 401 to strangers, 404 to others, as on the Hub.
        """
        found = self.storage.repositories.get((kind, repository))
        if found is None or (found.private and not self.knows(request)):
            raise Refused(404 if self.knows(request) else 401, "Repository not found", "RepoNotFound")
        return found

    def check_content(self, request: web.Request, repository: Repository) -> None:
        """Raises: Refused: the repository is gated and the token is not there."""
        if repository.gated and not self.knows(request):
            raise Refused(401, f"Access to {repository.kind} {repository.id} is restricted. You must be authenticated to access it.", "GatedRepo")
