"""How much memory this process may still take."""

from __future__ import annotations

import contextlib
import math
import os
from collections.abc import Iterator
from pathlib import Path

try:
    import resource
except ImportError:  # a system without limits of this kind
    resource = None  # type: ignore[assignment]

_PROC, _CGROUPS = Path("/proc"), Path("/sys/fs/cgroup")
_NO_LIMIT = 2**60
"""(bytes) Control groups without a limit say numbers above this."""


def available_memory() -> float:
    """(bytes) The least of what the machine has, what the control groups of this process leave, and its own limits.

    Infinite where the system does not tell.
    """
    return min([_of_machine(), *_of_control_groups(), *_of_limits()])


def _of_machine() -> float:
    told = _kibibytes(_PROC / "meminfo").get("MemAvailable")
    if told is not None:
        return told
    try:
        return float(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    except (AttributeError, ValueError, OSError):
        return math.inf


def _of_limits() -> Iterator[float]:
    if resource is None:
        return
    used = _kibibytes(_PROC / "self" / "status")
    for limit, key in ((resource.RLIMIT_AS, "VmSize"), (resource.RLIMIT_DATA, "VmData")):
        most = resource.getrlimit(limit)[0]
        if most != resource.RLIM_INFINITY:
            yield max(0.0, most - used.get(key, 0.0))


def _of_control_groups() -> Iterator[float]:
    """What every group that this process is in leaves; caches of files are given up before memory runs out."""
    for line in _text(_PROC / "self" / "cgroup").splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers == "":
            root, limit, used, cached = _CGROUPS, "memory.max", "memory.current", "inactive_file"
        elif "memory" in controllers.split(","):
            root, limit, used = _CGROUPS / "memory", "memory.limit_in_bytes", "memory.usage_in_bytes"
            cached = "total_inactive_file"
        else:
            continue
        here = root / path.lstrip("/")
        # In a container the path is one outside of it, and its own group is the root.
        for group in [here, *here.parents] if here.is_dir() else [root]:
            most, taken = _number(_text(group / limit)), _number(_text(group / used))
            if most < _NO_LIMIT and taken < math.inf:
                files = dict(line.split(" ", 1) for line in _text(group / "memory.stat").splitlines())
                yield max(0.0, most - taken + float(files.get(cached, 0)))
            if group == root:
                break


def _kibibytes(file: Path) -> dict[str, float]:
    """(bytes) Lines such as "VmSize:  1024 kB"."""
    pairs = (line.split(":", 1) for line in _text(file).splitlines() if line.endswith(" kB"))
    return {key: 1024.0 * float(value.split()[0]) for key, value in pairs}


def _number(text: str) -> float:
    """A number; "max", or nothing, is infinite."""
    return float(text) if text.strip().isdigit() else math.inf


def _text(file: Path) -> str:
    with contextlib.suppress(OSError, UnicodeDecodeError):
        return file.read_text(encoding="utf-8")
    return ""
