"""How often one may ask, and how long one waits after wrong passwords."""

from __future__ import annotations

import pytest

from api import rate_limit
from api.rate_limit import Limiter
from gis.errors import BusyError, InputError
from gis.store.attempts import Tries
from gis.workflows import passwords
from gis.workflows.sign_in import wait_s


def test_so_many_uses_pass_within_any_window():
    now = 0.0
    limiter = Limiter(3, 60, now=lambda: now)
    for moment in (0, 10, 20):
        now = moment
        limiter.take("a")
    limiter.take("b")
    with pytest.raises(BusyError) as told:
        limiter.take("a")
    assert told.value.params["seconds"] == 40
    now = 60
    limiter.take("a")
    with pytest.raises(BusyError):
        limiter.take("a")
    limiter.give_back("a")
    limiter.take("a")
    limiter.give_back("never heard of")


def test_memory_is_bounded(monkeypatch):
    monkeypatch.setattr(rate_limit, "MOST_KEYS", 10)
    limiter = Limiter(1, 60, now=lambda: 0.0)
    for number in range(1000):
        limiter.take(str(number))
    assert len(limiter._uses) == 10


def test_waiting_doubles_up_to_an_hour_and_passes():
    waits = [wait_s(Tries(refused=tries, since_s=0.0)) for tries in range(40)]
    assert waits[:5] == [0] * 5
    assert waits[5:9] == [30, 60, 120, 240]
    assert waits == sorted(waits) and waits[-1] == 3600
    assert wait_s(Tries(refused=6, since_s=59.5)) == 1
    assert wait_s(Tries(refused=9999, since_s=3600.0)) == 0


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("九个汉字的密码太短", "password-short"), ("x" * 201, "password-long"),
        ("1212121212", "password-simple"), ("QWERTYUIOP", "password-simple"),
        ("my-wangmin-2026", "password-named"), ("王小敏的密码是什么呢", "password-named"),
    ],
)  # fmt: skip
def test_passwords_that_would_be_guessed_are_refused(password, code):
    with pytest.raises(InputError) as told:
        passwords.require_good(password, login="wangmin", name="王小敏")
    assert told.value.code == code


def test_first_passwords_are_good_and_never_the_same():
    made = {passwords.first_password() for _ in range(200)}
    assert len(made) == 200
    for one in made:
        passwords.require_good(one, login="wangmin", name="王小敏")


def test_a_hash_tells_right_from_wrong_and_nobody_s_from_all():
    kept = passwords.hash_of("路灯坏了 三天没人修")
    assert kept.startswith("$argon2id$")
    assert passwords.is_right("路灯坏了 三天没人修", kept)
    assert not passwords.is_right("路灯坏了", kept)
    assert not passwords.is_right("anything", None)
    assert not passwords.is_right("anything", "no hash at all")
