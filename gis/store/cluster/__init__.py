"""PostgreSQL with PostGIS: found or installed, run as a private cluster, or the office's own."""

from gis.store.cluster.cluster import Cluster, ClusterStatus
from gis.store.cluster.database import (
    cluster_of,
    connect,
    create_database,
    ensure_database,
    prepare,
    start_cluster,
    without_password,
)
from gis.store.cluster.server import find_server, install_server

__all__ = [
    "Cluster",
    "ClusterStatus",
    "cluster_of",
    "connect",
    "create_database",
    "ensure_database",
    "find_server",
    "install_server",
    "prepare",
    "start_cluster",
    "without_password",
]
