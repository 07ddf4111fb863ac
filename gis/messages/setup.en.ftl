# Setting up: programs, packages, the private PostgreSQL cluster, the database.

# Steps, shown while they run
setup-venv = Python environment
setup-python-packages = Python packages
setup-project = Wangge itself
setup-npm = Packages of the web pages
setup-web = Building the web pages
setup-apt-update = Asking for Debian's package lists
setup-apt-download = Downloading Debian packages
setup-apt-unpack = Unpacking Debian packages
setup-apt-install = Installing Debian packages
setup-kernels = Compiling the routing
cluster-create = Creating the database cluster
cluster-start = Starting PostgreSQL
cluster-extensions = Preparing the database
database-upgrade = Bringing the tables up to date

setup-python-packages-slow = The quick installer could not do it ({ $reason }); pip does it now, which takes some minutes.

# What may be missing, and what to type
setup-venv-missing = Python at { $python } cannot create environments. As root type: apt-get install python3-venv
setup-venv-failed = The Python environment in .venv cannot be created: { $reason }. Make room or mend the permissions of this folder, then try again.
setup-pip-failed = The Python packages of { $lock } cannot be installed. Above is what pip said; check the network and pip's configuration (pip config list), then try again.
setup-lock-failed = requirements/{ $name }.lock cannot be written. Above is what uv said; mend requirements/{ $name }.in or the network, then try again. (uv is there after: make setup)
setup-node-missing = Node.js { $oldest } or newer and npm are missing. Install them (https://nodejs.org, or as root: apt-get install nodejs npm), then try again.
setup-node-old = Node.js { $found } is too old: { $oldest } or newer is needed. Install it from https://nodejs.org, then try again.
setup-npm-failed = { $command } failed in web/. Above is what it said; check the network and npm's configuration (npm config list), then try again.
setup-web-failed = The web pages cannot be built: { $command } failed in web/. Above is what it said; mend that file, or type make clean and try again.
setup-not-debian = { $tools } is missing, so Debian's packages cannot be installed. Install PostgreSQL 15 with PostGIS 3 (for the tests also Chromium and a Chinese font) in this system's own way and set WANGGE_PG_BINDIR to the folder of initdb, or set DATABASE_URL to a server that has PostGIS.
setup-apt-failed = apt-get could not get { $packages }: { $reason } Check the network and /etc/apt/sources.list, then type make setup again; or set DATABASE_URL to a server that has PostGIS.
setup-unpack-failed = A downloaded package cannot be unpacked: { $reason } Make room on the disk, then type make setup again.
setup-no-server = PostgreSQL with PostGIS is missing. Type make setup, or set DATABASE_URL to a server that has PostGIS.
setup-bindir-unusable = In { $folder }, which WANGGE_PG_BINDIR names, there is no PostgreSQL (14 or newer) with PostGIS. Set it to the folder that holds initdb and pg_config, or unset it and type make setup.
setup-other-major = The data in { $data_dir } were made by PostgreSQL { $made_by }, but here is PostgreSQL { $installed } only. As root type: apt-get install postgresql-{ $made_by } postgresql-{ $made_by }-postgis-3 — or set WANGGE_DATA_DIR to a new folder to begin afresh.
setup-no-account = PostgreSQL must not run as root, and none of these accounts exists: { $accounts }. As root type: useradd --system --user-group wangge
setup-nameless-account = User number { $uid } has no name on this machine, and PostgreSQL needs one. Add it to /etc/passwd, or set DATABASE_URL to a server that has PostGIS.
setup-press-missing = Atlases of plans cannot be printed on this machine yet; everything else works. Install these packages, or fonts and libraries that stand for them: { $packages }. What went wrong: { $reason }
setup-browser-missing = Chromium or a Chinese font is missing. Type: make setup-tests

# The cluster
cluster-create-failed = The database cluster in { $folder } cannot be created: { $reason }. Mend this, or set WANGGE_DATA_DIR to another folder.
cluster-start-failed = PostgreSQL does not start in { $folder }: { $reason } The whole story is in { $log }.
cluster-stop-failed = PostgreSQL (process { $pid }) does not stop. As root type: kill -9 { $pid }
cluster-disk-full = The disk that holds { $folder } is full. Make room, or set WANGGE_DATA_DIR to a folder on another disk.
cluster-folder-unusable = The data folder { $folder } cannot be written: { $reason }. Mend its permissions, or set WANGGE_DATA_DIR to another folder.
cluster-foreign-folder = { $folder } holds files that are no PostgreSQL data. Move them away, or set WANGGE_DATA_DIR to another folder.
cluster-other-owner = { $folder } belongs to user number { $uid }, but PostgreSQL runs as { $account } here. Run wangge as the same user as before, or set WANGGE_DATA_DIR to another folder.
cluster-out-of-reach = PostgreSQL runs as { $account }, who may not enter { $folder }. Type: chmod o+x '{ $folder }' — or set WANGGE_DATA_DIR to a folder that everybody may enter, such as /var/lib/wangge.
cluster-socket-unusable = The path of the socket folder { $folder } cannot be used: with the name of the socket it may have 107 bytes, and no comma. Set WANGGE_SOCKET_DIR to a shorter one, such as /tmp/wangge.
cluster-socket-taken = The socket folder { $folder } belongs to somebody else. Set WANGGE_SOCKET_DIR to another folder.
cluster-orphans = Processes of a PostgreSQL that was killed still work on the data: { $pids }. Wait a moment and try again, or as root type: kill { $pids }
cluster-busy = Another process has been starting or stopping the database in { $folder } for minutes. Wait for it, or end it.
cluster-running = PostgreSQL { $major } runs (process { $pid }) in { $data_dir }; URL { $url }
cluster-not-ready = PostgreSQL { $major } runs (process { $pid }) in { $data_dir } but takes no connections yet; its log is { $log }
cluster-stopped = PostgreSQL does not run; data folder { $data_dir }. Type: wangge db start
cluster-none = There is no database yet in { $data_dir }. Type: wangge db start
cluster-not-ours = DATABASE_URL is set, so the database belongs to somebody else's server: { $url }. Start and stop it there, or unset DATABASE_URL.

# The database
database-answers = The database of DATABASE_URL answers: { $url }
database-upgraded = The tables are up to date ({ $revision }): { $url }
database-url-malformed = DATABASE_URL is not a database address. It looks like postgresql://user:password@host:5432/database
database-url-kind = DATABASE_URL names a database of the kind { $kind }; only PostgreSQL with PostGIS will do. It looks like postgresql://user:password@host:5432/database
database-unreachable = The database { $url } does not let us in: { $reason }. Check DATABASE_URL, and that the server runs.
database-too-old = The server of { $url } is PostgreSQL { $version }; { $oldest } or newer is needed.
database-postgis-old = The database { $url } has PostGIS { $version }; { $oldest } or newer is needed. Ask its administrator to upgrade it and to type there: ALTER EXTENSION postgis UPDATE;
database-extension-forbidden = The database { $url } lacks the extension { $extension }, and this user may not create it. Ask its administrator to type there: CREATE EXTENSION { $extension };
database-role-forbidden = The user { $user } of the database { $url } may not create or take on the role { $role }, under which everybody who signs in sees only their own. Ask an administrator of the server to type there: CREATE ROLE { $role } NOLOGIN; GRANT { $role } TO { $user };
database-extension-missing = The extension { $extension } cannot be created in { $url }: { $reason }. Install it on that server (for PostGIS on Debian: apt-get install postgresql-15-postgis-3).
