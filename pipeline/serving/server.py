"""The application on a port of 127.0.0.1, until Ctrl-C."""

import socket

import uvicorn
from fastapi import FastAPI

HOST = "127.0.0.1"
WAITING = 2048
"""Connections that the system keeps until they are taken."""


def listen(port: int) -> socket.socket:
    """A socket on the port; 0 is any that is free.

    Raises:
        OSError: another program has the port, or it may not be used.
    """
    found = socket.socket()
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        found.bind((HOST, port))
        found.listen(WAITING)  # who comes before the first answer can be given waits for it
    except OSError as error:
        found.close()
        raise OSError(
            f"port {port} of {HOST} cannot be used ({error.strerror}): does another program listen "
            f"there? Choose another with --port"
        ) from None
    return found


def serve(app: FastAPI, listening: socket.socket) -> None:
    """Answer until SIGINT or SIGTERM; what is under way is finished first."""
    config = uvicorn.Config(
        app, log_level="warning", access_log=False, backlog=WAITING, timeout_graceful_shutdown=10
    )
    uvicorn.Server(config).run(sockets=[listening])
