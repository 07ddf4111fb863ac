# `wangge route --scheduler`
help-route-scheduler = Route on the dask cluster of this scheduler (tcp://host:8786) instead of here.
dask-step-cut = Cutting the file of points into parts
dask-step-copy = Copying the points so that they can be cut
dask-step-join = Joining the parts
dask-resumed = { $count } parts were finished by an earlier run with the same inputs, and were kept.
dask-anew = The parts in { $folder } were of other inputs, versions or options; they were removed and all was routed anew.
dask-missing = Routing on a cluster needs dask, which is not installed. Install it with pip install "wangge[dask]", or make setup-dask in a clone, here and on every worker.
dask-unreachable = No dask scheduler answers at { $address }. Start one with “dask scheduler”, check the address (such as tcp://host:8786) and that no firewall stands between.
dask-no-workers = The scheduler at { $address } has no workers. Start some with “dask worker { $address }” on machines that see the same files, then run again.
dask-no-wangge = The worker { $worker } cannot load Wangge. Install the same Wangge there and start the worker with its Python.
dask-versions-differ = The worker { $worker } would not give the same answers: its versions differ from the client's ({ $differ }). Install the same locked packages on both.
dask-path-not-shared = The worker { $worker } cannot read { $file }, or another file is there. Put inputs and output on a disk that client and workers see under the same path.
dask-file-changed = { $file } was changed while it was being routed. Run again when it is complete.
dask-running = Another run is writing to { $folder }. Wait for it, or give another --out.
dask-lost = The cluster is gone: its scheduler or all its workers ended. What is finished is kept; start the cluster and run the same command again to go on.
dask-workers-die = Workers die one after another on the same part, most likely for want of memory. Give each more memory or fewer threads; what is finished is kept, run the same command again to go on.
dask-disk = A worker could not read or write a shared file: { $reason }. Check the disk; what is finished is kept, run the same command again to go on.
