"""A Hugging Face Hub on 127.0.0.1 for tests: blobs by content, a log of commits, faults on demand. It speaks what genuine clients ask for, without Xet.

    with loopback_hub() as hub:                       # loopback_hub(token="hf_x"): writes and private or gated reads need that token
        api = HfApi(endpoint=hub.endpoint, token="hf_x")          # Xet must be off: HF_HUB_DISABLE_XET=1, or monkeypatch huggingface_hub.constants
        ...                                           # at the block's end AssertionError, if a client used a route that is not known here

A repository is `org/name` of kind "dataset" (the default below) or "model". A new one holds one commit with `.gitattributes`, as on the real Hub.

    hub.create("org/name", kind="dataset", private=False)         # a repository, without asking over HTTP
    hub.commit_behind("org/name", {"a.txt": b"new", "b.txt": None}) # another writer's commit on main (None deletes); returns the Commit (.id)
    hub.files("org/name", revision="main")            # {path: bytes}, without .gitattributes
    hub.repository("org/name")                        # .branches, .tags (name: commit id), .commits, .log("main") newest first, .private, .gated
    hub.routes                                        # names of the routes asked for so far; hub.asked has method, path, authorized, headers["Range"]
    hub.forget()                                      # empties that record, and takes back faults that have not happened
    hub.check()                                       # the check of the block's end, now
    hub.page_by(2)                                    # lists trees in pages of two

Faults (settings of `faults.Fault`); the first fault that fits a request is used:

    hub.fail("commit", status=503, times=2)           # any status; 429 and 503 with retry_after=1; error_code="GatedRepo" for X-Error-Code
    hub.fail("commit", status=504, after_effect=True) # the commit is made and the answer is an error
    hub.fail("commit", cut=True)                      # the connection is closed, nothing is done
    hub.fail("commit", cut=True, after_effect=True)   # the commit is made, then the connection is closed: the ambiguous case
    hub.fail("blob-upload", cut_half=True)            # closed half way in the body: blob-upload and commit (request), blob-download and resolve (answer)
    hub.fail("resolve", slow=0.5)                     # answers truly, later
    hub.fail("commit", before=lambda: hub.commit_behind("org/name", {...}))   # something happens first, e.g. the parent becomes stale
    hub.fail("*", skip=3, cut=True)                   # any route; the first three requests pass

Routes: whoami harnesses validate-yaml create delete info revision tree paths-info refs commits preupload commit create-branch delete-branch create-tag
delete-tag settings lfs-batch lfs-verify blob-upload blob-head blob-download resolve-head resolve. Anything else is answered with 501 and recorded as `unknown`.
Parquet, pictures, safetensors and files above 10 MiB are large files; `resolve` of one redirects to another address (route blob-download), as on the Hub.

`with client_process(hub, folder) as client: client.call(function, *arguments)` runs module-level functions in a process of their own whose environment
points to the Hub, for clients that read it at import (`load_dataset("org/name")`). Start one for a test module, with one Hub: it pays for the imports once.
"""

from tests.support.loopback_hub.client import ClientProcess, client_environment, client_process
from tests.support.loopback_hub.faults import Fault
from tests.support.loopback_hub.server import UNKNOWN, Asked, LoopbackHub, loopback_hub

__all__ = ["UNKNOWN", "Asked", "ClientProcess", "Fault", "LoopbackHub", "client_environment", "client_process", "loopback_hub"]
