# 安装准备：程序、软件包、自带的 PostgreSQL 集群、数据库。

# 进行中的步骤
setup-venv = Python 环境
setup-python-packages = Python 软件包
setup-project = 安装本项目
setup-npm = 网页所需软件包
setup-web = 构建网页
setup-apt-update = 获取 Debian 软件包列表
setup-apt-download = 下载 Debian 软件包
setup-apt-unpack = 解开 Debian 软件包
setup-apt-install = 安装 Debian 软件包
setup-kernels = 编译定位程序
cluster-create = 创建数据库集群
cluster-start = 启动 PostgreSQL
cluster-extensions = 准备数据库
database-upgrade = 更新数据表

setup-python-packages-slow = 快速安装程序未成功（{ $reason }），改用 pip，需要几分钟。

# 可能缺少什么，以及应输入什么
setup-venv-missing = { $python } 的 Python 不能创建虚拟环境。请以 root 身份输入：apt-get install python3-venv
setup-venv-failed = 无法在 .venv 中创建 Python 环境：{ $reason }。请腾出空间或修正此文件夹的权限，然后重试。
setup-pip-failed = 无法安装 { $lock } 中的 Python 软件包。pip 的提示见上文；请检查网络和 pip 配置（pip config list），然后重试。
setup-lock-failed = 无法写出 requirements/{ $name }.lock。uv 的提示见上文；请修正 requirements/{ $name }.in 或网络，然后重试。（uv 由 make setup 安装）
setup-node-missing = 缺少 Node.js { $oldest } 或更高版本以及 npm。请安装（https://nodejs.org，或以 root 身份输入：apt-get install nodejs npm），然后重试。
setup-node-old = Node.js { $found } 版本过低，需要 { $oldest } 或更高版本。请从 https://nodejs.org 安装，然后重试。
setup-npm-failed = 在 web/ 中执行 { $command } 失败。其提示见上文；请检查网络和 npm 配置（npm config list），然后重试。
setup-web-failed = 无法构建网页：在 web/ 中执行 { $command } 失败。其提示见上文；请修正该文件，或输入 make clean 后重试。
setup-not-debian = 缺少 { $tools }，无法安装 Debian 软件包。请用本系统自己的方式安装 PostgreSQL 15 和 PostGIS 3（测试还需 Chromium 和中文字体），并把 WANGGE_PG_BINDIR 设为 initdb 所在文件夹；或把 DATABASE_URL 设为带 PostGIS 的服务器。
setup-apt-failed = apt-get 无法获取 { $packages }：{ $reason } 请检查网络和 /etc/apt/sources.list，然后重新输入 make setup；或把 DATABASE_URL 设为带 PostGIS 的服务器。
setup-unpack-failed = 无法解开已下载的软件包：{ $reason } 请腾出磁盘空间，然后重新输入 make setup。
setup-no-server = 缺少带 PostGIS 的 PostgreSQL。请输入 make setup，或把 DATABASE_URL 设为带 PostGIS 的服务器。
setup-bindir-unusable = WANGGE_PG_BINDIR 所指的 { $folder } 中没有带 PostGIS 的 PostgreSQL（14 或更高版本）。请把它设为 initdb 和 pg_config 所在的文件夹，或取消设置后输入 make setup。
setup-other-major = { $data_dir } 中的数据由 PostgreSQL { $made_by } 创建，而本机只有 PostgreSQL { $installed }。请以 root 身份输入：apt-get install postgresql-{ $made_by } postgresql-{ $made_by }-postgis-3 —— 或把 WANGGE_DATA_DIR 设为新文件夹，重新开始。
setup-no-account = PostgreSQL 不得以 root 身份运行，而以下账户均不存在：{ $accounts }。请以 root 身份输入：useradd --system --user-group wangge
setup-nameless-account = 本机上编号为 { $uid } 的用户没有名称，而 PostgreSQL 需要名称。请把它加入 /etc/passwd，或把 DATABASE_URL 设为带 PostGIS 的服务器。
setup-press-missing = 本机暂时不能打印方案图册，其他功能均可使用。请安装以下软件包，或与之相当的字体和程序库：{ $packages }。原因：{ $reason }
setup-browser-missing = 缺少 Chromium 或中文字体。请输入：make setup-tests

# 集群
cluster-create-failed = 无法在 { $folder } 中创建数据库集群：{ $reason }。请排除此问题，或把 WANGGE_DATA_DIR 设为其他文件夹。
cluster-start-failed = PostgreSQL 无法在 { $folder } 中启动：{ $reason } 详情见 { $log }。
cluster-stop-failed = PostgreSQL（进程 { $pid }）无法停止。请以 root 身份输入：kill -9 { $pid }
cluster-disk-full = { $folder } 所在磁盘已满。请腾出空间，或把 WANGGE_DATA_DIR 设为其他磁盘上的文件夹。
cluster-folder-unusable = 数据文件夹 { $folder } 无法写入：{ $reason }。请修正其权限，或把 WANGGE_DATA_DIR 设为其他文件夹。
cluster-foreign-folder = { $folder } 中的文件不是 PostgreSQL 数据。请移走这些文件，或把 WANGGE_DATA_DIR 设为其他文件夹。
cluster-other-owner = { $folder } 属于编号为 { $uid } 的用户，而此处 PostgreSQL 以 { $account } 身份运行。请使用与之前相同的用户运行 wangge，或把 WANGGE_DATA_DIR 设为其他文件夹。
cluster-out-of-reach = PostgreSQL 以 { $account } 身份运行，但该账户不能进入 { $folder }。请输入：chmod o+x '{ $folder }' —— 或把 WANGGE_DATA_DIR 设为人人可进入的文件夹，例如 /var/lib/wangge。
cluster-socket-unusable = 套接字文件夹 { $folder } 的路径不可用：连同套接字名称限 107 字节，且不得含逗号。请把 WANGGE_SOCKET_DIR 设为较短的路径，例如 /tmp/wangge。
cluster-socket-taken = 套接字文件夹 { $folder } 属于他人。请把 WANGGE_SOCKET_DIR 设为其他文件夹。
cluster-orphans = 被强行结束的 PostgreSQL 仍有进程在处理数据：{ $pids }。请稍候再试，或以 root 身份输入：kill { $pids }
cluster-busy = 另一个进程启动或停止 { $folder } 中的数据库已有数分钟。请等它完成，或结束该进程。
cluster-running = PostgreSQL { $major } 正在运行（进程 { $pid }），数据在 { $data_dir }；地址 { $url }
cluster-not-ready = PostgreSQL { $major } 正在运行（进程 { $pid }），数据在 { $data_dir }，但尚不接受连接；日志见 { $log }
cluster-stopped = PostgreSQL 未运行；数据文件夹 { $data_dir }。请输入：wangge db start
cluster-none = { $data_dir } 中还没有数据库。请输入：wangge db start
cluster-not-ours = 已设置 DATABASE_URL，数据库属于外部服务器：{ $url }。请在该服务器上启动或停止，或取消设置 DATABASE_URL。

# 数据库
database-answers = DATABASE_URL 所指数据库已应答：{ $url }
database-upgraded = 数据表已是最新（{ $revision }）：{ $url }
database-url-malformed = DATABASE_URL 不是数据库地址。正确的形式如 postgresql://用户：密码@主机：5432/数据库
database-url-kind = DATABASE_URL 所指数据库类型为 { $kind }，只能使用带 PostGIS 的 PostgreSQL。正确的形式如 postgresql://用户：密码@主机：5432/数据库
database-unreachable = 无法连接数据库 { $url }：{ $reason }。请检查 DATABASE_URL，并确认服务器正在运行。
database-too-old = { $url } 的服务器为 PostgreSQL { $version }，需要 { $oldest } 或更高版本。
database-postgis-old = 数据库 { $url } 的 PostGIS 为 { $version }，需要 { $oldest } 或更高版本。请管理员升级后在该库中输入：ALTER EXTENSION postgis UPDATE;
database-extension-forbidden = 数据库 { $url } 缺少扩展 { $extension }，当前用户无权创建。请管理员在该库中输入：CREATE EXTENSION { $extension }；
database-role-forbidden = 数据库 { $url } 的用户 { $user } 无权创建或使用角色 { $role }，登录者凭此角色只能看到各自辖区。请服务器管理员在该库中输入：CREATE ROLE { $role } NOLOGIN; GRANT { $role } TO { $user };
database-extension-missing = 无法在 { $url } 中创建扩展 { $extension }：{ $reason }。请在该服务器上安装（Debian 上的 PostGIS:apt-get install postgresql-15-postgis-3）。
