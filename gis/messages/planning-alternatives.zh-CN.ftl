# 备选方案
plan-alternatives-invalid = 无法生成 { $count } 个备选方案，请填写 1 至 { $most }。
plan-alternatives-written = 共有 { $count } 个备选方案：1 号为 { $file }，n 号为 { $pattern }；* 为该列最优。
plan-alternatives-files = 对照表：{ $table }。取舍图：{ $chart }。
plan-alternatives-fewer = 要求 { $wanted } 个方案，得到 { $count } 个：未找到更多有明显差别、又不被其中之一胜过的方案。
plan-alternatives-stopped = 已提前停止：要求 { $wanted } 个方案，已完成 { $count } 个。
plan-alternatives-beaten = 1 号是按要求得到的方案，但另有方案各项都不差，且有某项更优。
plan-lean-asked = 按要求
plan-lean-balanced = 更均衡
plan-lean-staying = 变动更少
plan-lean-clear = 边界更清晰
plan-lean-compact = 更紧凑
plan-lean-loose = 均衡放宽
plan-lean-free = 不拘现状
plan-lean-other = 另一次搜索

# 对照表，适合终端宽度
table-choice-number = 方案
table-choice-lean = 取向
table-choice-max-deviation = 最大偏差
table-choice-boundary-m = 边界（千米）
table-choice-arterial-share = 沿主干路
table-choice-compactness = 紧凑度
table-choice-moved-load-share = 变动

# 取舍图
plan-chart-title = 选哪个方案？蓝色为该列最优，虚线为要求的允许偏差，灰色方案超出允许偏差
plan-chart-max-deviation = 最大偏差（%）
plan-chart-boundary-m = 边界长度（千米）
plan-chart-arterial-share = 沿主干路（%）
plan-chart-compactness = 紧凑度
plan-chart-moved-load-share = 变动工作量（%）
plan-chart-less = ← 越小越好
plan-chart-more = 越大越好 →
