# `wangge route --scheduler`
help-route-scheduler = 不在本机、而在该调度器（tcp://host:8786）的 dask 集群上定位派单。
dask-step-cut = 将点文件切分为若干部分
dask-step-copy = 复制点数据以便切分
dask-step-join = 合并各部分
dask-resumed = 先前一次相同输入的运行已完成 { $count } 个部分，予以保留。
dask-anew = { $folder } 中的部分属于其他输入、版本或选项，已删除，并全部重新计算。
dask-missing = 在集群上计算需要 dask，但尚未安装。请在本机和每个工作节点上执行 pip install "wangge[dask]"，或在源码目录执行 make setup-dask。
dask-unreachable = { $address } 处没有 dask 调度器应答。请用“dask scheduler”启动，检查地址（如 tcp://host:8786）以及防火墙。
dask-no-workers = { $address } 的调度器没有工作节点。请在能看到相同文件的机器上用“dask worker { $address }”启动，然后重新运行。
dask-no-wangge = 工作节点 { $worker } 无法加载 Wangge。请在该处安装相同的 Wangge，并用其 Python 启动工作节点。
dask-versions-differ = 工作节点 { $worker } 的结果可能不同：其版本与本机不一致（{ $differ }）。请在两处安装相同的锁定版本。
dask-path-not-shared = 工作节点 { $worker } 无法读取 { $file }，或该处是另一个文件。请把输入和输出放在本机与工作节点以相同路径可见的磁盘上。
dask-file-changed = { $file } 在计算期间被修改。请在文件完整后重新运行。
dask-running = 另一次运行正在写入 { $folder }。请等待其结束，或换一个 --out。
dask-lost = 集群已中断：调度器或全部工作节点已结束。已完成的部分予以保留；启动集群后再次运行同一命令即可继续。
dask-workers-die = 工作节点在同一部分上接连退出，多半是内存不足。请增加内存或减少线程；已完成的部分予以保留，再次运行同一命令即可继续。
dask-disk = 工作节点无法读写共享文件：{ $reason }。请检查磁盘；已完成的部分予以保留，再次运行同一命令即可继续。
