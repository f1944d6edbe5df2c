# SPDX-License-Identifier: Apache-2.0
"""The HTTP API as one ASGI application; the routes are in `*_routes.py`.

What must hold: every route but `/healthz` and the recipients' pages judges its caller first;
errors are problem+json; the answer to a request that changes something is given after its commit.
"""

from http import HTTPStatus

from litestar import Litestar
from litestar.datastructures import State
from litestar.exceptions import HTTPException
from litestar.handlers import BaseRouteHandler
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin

from dispatcher.service.callers import Connection, judge
from dispatcher.service.closure_routes import CLOSURE_ROUTES
from dispatcher.service.http import Refused, on_fault, on_http_error, on_refused
from dispatcher.service.journal import software_version
from dispatcher.service.parcel_routes import PARCEL_ROUTES
from dispatcher.service.pickup_routes import PICKUP_ROUTES
from dispatcher.service.robot_routes import ROBOT_ROUTES
from dispatcher.service.running import RunningSite
from dispatcher.service.site_routes import SITE_ROUTES


def create_app(site: RunningSite) -> Litestar:
    """The application of one site."""

    def guard(connection: Connection, handler: BaseRouteHandler) -> None:
        if not handler.opt.get("open"):
            judge(connection, site.token)

    return Litestar(
        route_handlers=[
            *PARCEL_ROUTES,
            *PICKUP_ROUTES,
            *ROBOT_ROUTES,
            *SITE_ROUTES,
            *CLOSURE_ROUTES,
        ],
        state=State({"site": site}),
        guards=[guard],
        exception_handlers={
            Refused: on_refused,
            HTTPException: on_http_error,
            HTTPStatus.INTERNAL_SERVER_ERROR: on_fault,
        },
        request_max_body_size=site.config.api.body_max_bytes,
        openapi_config=OpenAPIConfig(
            title="Drover dispatcher",
            version=software_version(),
            path="/v1/schema",
            render_plugins=[JsonRenderPlugin()],
        ),
        logging_config=None,
        debug=False,
    )
