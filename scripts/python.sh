#!/bin/sh
# Runs "python -m …" with a Python that Wangge's locked packages are made for; the newest that is
# certain first. Written in sh because it runs where nothing is certain yet.
for python in python3.11 /usr/bin/python3.11 python3 python3.12 python3.13; do
    if "$python" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null
    then
        exec "$python" -m "$@"
    fi
done
case "${WANGGE_LANGUAGE:-${LC_ALL:-${LANG:-}}}" in
    zh*) echo "缺少 Python 3.11。请以 root 身份输入:apt-get install python3 python3-venv" >&2 ;;
    *) echo "Python 3.11 is missing. As root type: apt-get install python3 python3-venv" >&2 ;;
esac
exit 1
