"""Files that lie on a disk go into the bucket: while the service runs, and again wherever it was cut short."""

from contextlib import suppress
from pathlib import Path
from uuid import UUID

from chat.files.store import BucketStore


def move_into(bucket: BucketStore, root: Path) -> int:
    """Move every file of a directory into a bucket, sealed as it is; return how many.

    Raises:
        StoreAwayError: The bucket took no more; the rest lies where it was.
        OSError: A file can't be read.
    """
    moved = 0
    for path in sorted(root.glob("*/*")):
        try:
            tenant_id, name = UUID(path.parent.name), UUID(path.name)
        except ValueError:
            # One that is being written, or none of ours.
            continue
        with suppress(FileNotFoundError):
            bucket.put(tenant_id, name, [path.read_bytes()])
            # One that was let go of meanwhile is let go of there too, by either.
            if not path.exists():
                bucket.delete(tenant_id, name)
            path.unlink()
            moved += 1
    return moved
