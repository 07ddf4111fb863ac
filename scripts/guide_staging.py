"""What the pictures of the user guide show: cases of a demo city, made over HTTP, all invented."""

from __future__ import annotations

import io
import json
import uuid
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pyarrow.ipc
from PIL import Image, ImageDraw

from gis.demo.accounts import DEMO_PASSWORD

API = "/api/v1"
HEIGHT = {"manhole": 0.45, "fence": 0.3}


@dataclass(frozen=True, slots=True, kw_only=True)
class Staged:
    """What the pictures need to know: a case with everything, a place on the map, the plan in force
    and a draft in which a grid has taken units of its neighbours."""

    case: int
    pin: tuple[float, float]
    plan: int
    draft: int


def signed_in(base: str, login: str) -> httpx.Client:
    """A client of the API in the name of a demo account."""
    client = httpx.Client(base_url=f"{base}{API}", timeout=120)
    told = {"login": login, "password": DEMO_PASSWORD}
    client.post("/session", json=told).raise_for_status()
    client.headers["X-CSRF-Token"] = client.get("/session").json()["csrf"]
    return client


def stage(base: str) -> Staged:
    """Make the cases. What is there from an earlier run stays, and new ones come to it."""
    with closing(signed_in(base, "street")) as street, closing(signed_in(base, "worker")) as worker:
        jurisdiction = street.get("/jurisdictions").json()["items"][0]
        near = _asked(street, "GET", "/incidents", params={
            "jurisdiction": jurisdiction["id"], "status": "open", "limit": 100,
        })["items"]  # fmt: skip
        west, south, east, north = jurisdiction["bbox"]
        middle = (west + east) / 2, (south + north) / 2
        place = min(
            (row for row in near if row["grid"] and row["person"]),
            key=lambda row: abs(row["lon"] - middle[0]) + abs(row["lat"] - middle[1]),
        )
        lon, lat = place["lon"], place["lat"]
        case = _report(street, lon, lat, "道路井盖缺失，行人绕行", photos=("manhole", "fence"))
        again = {
            "source": "hotline_12345", "text": "接送孩子每天经过，井盖还没有补上，晚上看不清。",
            "reporter_name": "李某", "reporter_phone": "000-0000-1234",
            "photo_ids": [_photo(street, "fence", 3)],
        }  # fmt: skip
        _asked(street, "POST", f"/incidents/{case}/supplements", json=again)
        _step(street, case, "register")
        _step(street, case, "dispatch")
        twin = _report(street, lon + 0.0002, lat, "同一处井盖问题", photos=())
        _step(street, twin, "merge", reason="与先报的为同一处", target={"incident_id": case})
        _whistle(street, case)
        _to_department(base, street, lon - 0.0003, lat)
        _unlocated(street)
        _duty(street, jurisdiction["id"], place["grid"]["code"])
        _report(worker, lon, lat - 0.0003, "楼道堆放杂物", photos=("fence",), source="patrol")
    with closing(signed_in(base, "planner")) as planner:
        plan, draft = _draft(planner)
    return Staged(case=case, pin=(lon + 0.0004, lat + 0.0002), plan=plan, draft=draft)


def _draft(planner: httpx.Client) -> tuple[int, int]:
    """The plan in force, and a draft of it in which one grid has some of its neighbours' units."""
    jurisdiction = planner.get("/jurisdictions").json()["items"][0]
    plan = jurisdiction["published_plan_id"]
    given = {"jurisdiction": jurisdiction["id"], "name": "年度调整", "from": {"plan": plan}}
    draft = _asked(planner, "POST", "/drafts", json=given)["plan_id"]
    edges = _table(planner, f"/drafts/{draft}/board?part=edges")
    held = _table(planner, f"/drafts/{draft}/assignment")
    codes = json.loads(held.schema.metadata[b"grids"])
    unit, grid = held["unit"].to_numpy(), held["grid"].to_numpy()
    left, right = edges["left"].to_numpy(), edges["right"].to_numpy()
    both = right >= 0
    left, right = left[both], right[both]
    middle = grid[len(grid) // 2]
    beside = right[(grid[left] == middle) & (grid[right] != middle)]
    step = {
        "key": str(uuid.uuid4()), "kind": "assign", "base": 0,
        "params": {"units": sorted({int(unit[at]) for at in beside})[:8], "grid": codes[middle]},
    }  # fmt: skip
    _asked(planner, "POST", f"/drafts/{draft}/operations", json=step)
    return plan, draft


def _table(client: httpx.Client, path: str) -> Any:
    """A table that is sent as a stream of Arrow."""
    answer = client.get(path)
    answer.raise_for_status()
    return pyarrow.ipc.open_stream(answer.content).read_all()


def _asked(client: httpx.Client, method: str, path: str, **how: Any) -> Any:
    answer = client.request(method, path, **how)
    if answer.is_error:
        raise RuntimeError(f"{method} {path}: {answer.status_code} {answer.text}")
    return answer.json()


def _report(
    client: httpx.Client,
    lon: float,
    lat: float,
    title: str,
    *,
    photos: tuple[str, ...],
    source: str = "hotline_12345",
) -> int:
    given = {
        "category": "0702", "severity": 3, "title": title, "lon": lon, "lat": lat,
        "crs": "EPSG:4326", "source": source, "address": "小区东门外人行道",
        "description": "人行道上一处井盖缺失，已临时放置警示物。",
        "reporter_name": "王某某", "reporter_phone": "000-0000-5678",
        "photo_ids": [_photo(client, kind, number) for number, kind in enumerate(photos)],
    }  # fmt: skip
    made = _asked(
        client, "POST", "/incidents", json=given, headers={"Idempotency-Key": uuid.uuid4().hex}
    )
    return int(made["id"])


def _step(client: httpx.Client, case: int, action: str, **more: Any) -> None:
    """A step, where the case allows it: which ones are due depends on its source."""
    known = _asked(client, "GET", f"/incidents/{case}")
    if action not in {one["action"] for one in known["actions"]}:
        return
    given = {"action": action, "version": known["version"], **more}
    _asked(client, "POST", f"/incidents/{case}/steps", json=given)


def _to_department(base: str, street: httpx.Client, lon: float, lat: float) -> None:
    with closing(signed_in(base, "department")) as department:
        body = _asked(department, "GET", "/session")["account"]["organisation"]["id"]
    case = _report(street, lon, lat, "夜间施工噪声扰民", photos=("fence",))
    _step(street, case, "redispatch", reason="属该部门职责", target={"organisation_id": body})


def _whistle(client: httpx.Client, case: int) -> None:
    jurisdiction = client.get("/jurisdictions").json()["items"][0]["id"]
    bodies = _asked(client, "GET", "/organisations", params={"jurisdiction": jurisdiction})["items"]
    departments = [one["id"] for one in bodies if one["kind"] == "department"][:2]
    given = {
        "incident_id": case, "departments": departments, "purpose": "现场会商井盖权属与修复",
        "minutes": 60,
    }  # fmt: skip
    _asked(client, "POST", "/whistles", json=given)


def _duty(client: httpx.Client, jurisdiction: int, grid: str) -> None:
    people = _asked(client, "GET", "/people", params={"jurisdiction": jurisdiction})["items"]
    today = datetime.now(ZoneInfo("Asia/Shanghai")).replace(hour=8, minute=0, second=0)
    for day, person in enumerate(people[:5]):
        begins = today + timedelta(days=day, hours=0 if day % 2 else 12)
        given = {
            "jurisdiction": jurisdiction, "grid_code": grid[:9], "person_id": person["id"],
            "since": begins.isoformat(timespec="seconds"),
            "until": (begins + timedelta(hours=12)).isoformat(timespec="seconds"),
        }  # fmt: skip
        client.post("/duties", json=given)  # refused where an earlier run put somebody there


def _unlocated(client: httpx.Client) -> None:
    for number, words in enumerate(("建设西路与秦岭路口附近路灯不亮", "友爱路上有人占道摆摊")):
        given = {
            "source_ref": f"GUIDE-{uuid.uuid4().hex[:8]}-{number}", "title": words,
            "address": words[:7], "reporter_name": "赵某", "reporter_phone": "000-0000-2345",
        }  # fmt: skip
        _asked(client, "POST", "/channels/hotline_12345/reports", json={"reports": [given]})


def _photo(client: httpx.Client, kind: str, number: int) -> int:
    sent = _asked(
        client, "POST", "/photos", files={"file": ("demo.jpg", drawn(kind, number), "image/jpeg")}
    )
    return int(sent["id"])


def drawn(kind: str, number: int) -> bytes:
    """A picture that cannot be taken for a photo of anything: a pavement, flat, and labelled."""
    image = Image.new("RGB", (960, 720), (190, 188, 180))
    draw = ImageDraw.Draw(image)
    horizon = int(720 * HEIGHT[kind])
    draw.rectangle((0, 0, 960, horizon), fill=(150, 178, 200))
    for x in range(-200, 1160, 120):
        draw.line((480 + (x - 480) * 0.3, horizon, x, 720), fill=(160, 158, 150), width=4)
    if kind == "manhole":
        draw.ellipse((360, 470, 640, 610), fill=(40, 42, 45), outline=(90, 90, 90), width=10)
    for at in range(3 + number):
        left = 150 + at * 190
        draw.polygon(
            [(left, 560), (left + 40, 400), (left + 80, 560)], fill=(226, 110, 40)
        )  # fmt: skip
        draw.rectangle((left + 18, 470, left + 62, 495), fill=(240, 240, 235))
    draw.rectangle((0, 660, 960, 720), fill=(20, 60, 90))
    draw.text((24, 672), f"SYNTHETIC  {kind} {number + 1}", fill=(255, 255, 255), font_size=34)
    out = io.BytesIO()
    image.save(out, "JPEG", quality=88)
    return out.getvalue()
