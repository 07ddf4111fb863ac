"""What the tests of signing in share: one served database for a module, and a browser's manners."""

from __future__ import annotations

import httpx
from sqlalchemy import text

PASSWORD = "三号楼 修路灯 2026"


class Browser(httpx.Client):
    """Keeps cookies, and sends the word of the page along as ours do."""

    def sign_in(self, login, password=PASSWORD, **headers):
        answer = self.post(
            "/api/v1/session", json={"login": login, "password": password}, headers=headers
        )
        if answer.status_code == 204:
            self.headers["X-CSRF-Token"] = self.me()["csrf"]
        return answer

    def me(self):
        return self.get("/api/v1/session").json()


def audited(engine, action):
    with engine.connect() as connection:
        return connection.execute(
            text("SELECT actor, subject, detail FROM audit_entry WHERE action = :a ORDER BY id"),
            {"a": action},
        ).all()
