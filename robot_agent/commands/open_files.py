# SPDX-License-Identifier: Apache-2.0
"""Room for many open files: the usual soft limit of 1,024 is soon reached by a fleet in one
process."""

import resource


def allow_files(wanted: int) -> None:
    """Raises the soft limit to `wanted`, as far as the hard one allows."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < wanted:
        limit = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
