# SPDX-License-Identifier: Apache-2.0
"""HTTP: jobs, the site as a whole, its health and its metrics."""

from http import HTTPStatus

import msgspec
from litestar import Response, get

from dispatcher.service.http import Request, site_of
from dispatcher.service.metrics import CONTENT_TYPE, metrics_text
from dispatcher.service.views import (
    JobView,
    SiteView,
    Summary,
    job_views,
    site_view,
    summary,
)


class JobList(msgspec.Struct, frozen=True):
    """All jobs under way."""

    jobs: tuple[JobView, ...]


class Health(msgspec.Struct, frozen=True):
    """`ok`, `degraded` (it runs, but something is missing) or `frozen`, and why."""

    status: str
    reason: str = ""


@get("/v1/jobs")
async def list_jobs(request: Request) -> JobList:
    """Jobs."""
    return JobList(job_views(site_of(request)))


@get("/v1/site")
async def show_site(request: Request) -> SiteView:
    """What this site is."""
    return site_view(site_of(request))


@get("/v1/summary")
async def show_summary(request: Request) -> Summary:
    """How the day goes."""
    return summary(site_of(request))


@get("/healthz", opt={"open": True})
async def health(request: Request) -> Response[Health]:
    """Whether it works: 503 where the site is frozen."""
    site = site_of(request)
    if site.runner.frozen:
        found = Health("frozen", site.runner.frozen)
        return Response(found, status_code=HTTPStatus.SERVICE_UNAVAILABLE)
    if not site.link.connected:
        return Response(Health("degraded", "no connection to the MQTT broker"))
    return Response(Health("ok"))


@get("/metrics")
async def metrics(request: Request) -> Response[bytes]:
    """For Prometheus."""
    return Response(metrics_text(site_of(request)), headers={"Content-Type": CONTENT_TYPE})


SITE_ROUTES = [
    list_jobs,
    show_site,
    show_summary,
    health,
    metrics,
]
