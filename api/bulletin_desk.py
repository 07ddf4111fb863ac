"""Where this installation makes and prints bulletins."""

from __future__ import annotations

from api.print_shop import print_shop
from gis.settings import Settings
from gis.workflows.analysis import LeaderView
from gis.workflows.bulletins import BulletinDesk, Office
from gis.workflows.closure import ClosureView


def bulletin_desk(settings: Settings, leader: LeaderView, closure: ClosureView) -> BulletinDesk:
    """What a process holds for leaders, the press of the atlases, and WANGGE_PAGE_URL for links."""
    shop = print_shop(settings)
    office = Office(leader=leader, closure=closure, time_zone=settings.time_zone)
    return BulletinDesk(
        office=office, press=shop.press, page_url=settings.page_url, folder=shop.folder
    )
