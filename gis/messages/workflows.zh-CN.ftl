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
plan-posts-ended = 有 { $count } 个岗位因网格撤销而终止,{ $moved } 个岗位已转入同代码的网格。请补齐空缺。
plan-units-overlap = 有 { $count } 个基本单元与相邻单元重叠或没有严密相接({ $units })。请用 `wangge units build` 重新划分,结果无缝隙、无重叠。
units-differ = 该辖区已有 { $known } 个在用的基本单元,与所给的 { $given } 个不是相同的多边形。请用在用的单元划分方案,或导入到其他辖区。
adopt-codes-needed = { $file } 中的网格需要以 { $code } 开头的 15 位代码,因为街道以上的辖区包含多个街道。请在 grid_id 列填写网格代码,或逐个街道(9 位代码)导入。
adopt-code-invalid = “{ $code }”不是辖区代码。城市 4 位,区 6 位,街道 9 位。
adopt-done = { $name } 的方案 { $plan } 已生效:{ $units } 个基本单元,{ $grids } 个基础网格。可用 `wangge serve` 查看。
