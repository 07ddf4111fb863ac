"""What pip is configured to do on this machine (mirrors, certificates, proxies), told to uv.

uv does not read pip's configuration. Offices and whole countries install from mirrors, so a setting
that cannot be passed on means that pip itself must do the work.
"""

from __future__ import annotations

import ast

# pip's option -> uv's environment variable, and what uv puts between several values
TOLD = {
    "index-url": ("UV_DEFAULT_INDEX", ""),
    "extra-index-url": ("UV_INDEX", " "),
    "find-links": ("UV_FIND_LINKS", ","),
    "no-index": ("UV_NO_INDEX", ""),
    "trusted-host": ("UV_INSECURE_HOST", " "),
    "cert": ("SSL_CERT_FILE", ""),
    "proxy": ("ALL_PROXY", ""),
    "timeout": ("UV_HTTP_TIMEOUT", ""),
    "default-timeout": ("UV_HTTP_TIMEOUT", ""),
    "cache-dir": ("", ""),
}
HARMLESS = {
    "break-system-packages",
    "disable-pip-version-check",
    "no-cache-dir",
    "no-color",
    "no-input",
    "no-python-version-warning",
    "no-warn-script-location",
    "prefer-binary",
    "progress-bar",
    "quiet",
    "require-virtualenv",
    "retries",
    "root-user-action",
    "use-feature",
    "verbose",
    "yes",
}
# pip lets a later section win over an earlier one.
SECTIONS = ("global", "install", ":env:")


def for_uv(listed: str) -> tuple[dict[str, str], list[str]]:
    """Environment variables for uv from what `pip config list` says, and the options left over."""
    values: dict[str, str] = {}
    for section in SECTIONS:
        for line in listed.splitlines():
            name, _, quoted = line.partition("=")
            if name.startswith(f"{section}."):
                values[name.removeprefix(f"{section}.")] = _unquoted(quoted)
    variables: dict[str, str] = {}
    untold: list[str] = []
    for option, value in sorted(values.items()):
        if option in TOLD:
            variable, separator = TOLD[option]
            if variable:
                variables[variable] = separator.join(value.split()) if separator else value
        elif option not in HARMLESS:
            untold.append(option)
    return variables, untold


def _unquoted(text: str) -> str:
    """pip prints values as Python strings."""
    try:
        return str(ast.literal_eval(text))
    except (SyntaxError, ValueError):
        return text
