"""Where reports come from: the names of sources, and what files call them."""

from __future__ import annotations

SOURCES = ("patrol", "public_report", "hotline_12345", "hotline_110", "department", "sensor")
SOURCE_NAMES = {
    "巡查": "patrol", "网格巡查": "patrol",
    "群众举报": "public_report", "公众上报": "public_report",
    "12345": "hotline_12345", "12345热线": "hotline_12345", "110": "hotline_110",
    "部门": "department", "部门交办": "department", "传感器": "sensor",
}  # fmt: skip
