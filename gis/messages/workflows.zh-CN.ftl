# 贯穿全流程的工作。
plan-step-store-units = 正在保存基本单元
plan-step-grids = 正在绘制网格
plan-step-store-grids = 正在保存网格
demo-step-route = 正在为事件定位派单
demo-step-write = 正在保存事件
demo-step-history = 正在保存事件历史
demo-other-data = 该数据库中有非合成数据。演示城市只能载入空数据库:请用 DATABASE_URL 指定另一个数据库,或用 WANGGE_DATA_DIR 指定另一个数据目录。
demo-kept = 演示城市已经载入,保持不变。如需重建,请运行 `wangge demo --reset`。
demo-loaded = 演示城市(合成数据):{ $population } 人,{ $units } 个基本单元,{ $grids } 个基础网格(最大偏差 { $deviation }),{ $people } 名在岗人员,{ $incidents } 件事件。
serve-open = 请打开 { $url }
