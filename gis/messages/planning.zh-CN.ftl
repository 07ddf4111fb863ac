# 步骤
plan-step-read = 读取基本单元
plan-step-graph = 查找相邻单元
plan-step-improve = 优化网格
plan-step-renew = 正在重新划分相邻网格

# 命令的回答
plan-done = 已将 { $units } 个单元划分为 { $grids } 个网格，写入 { $file }。最大偏差 { $max }%（允许 { $tolerance }%），平均偏差 { $mean }%；网格间边界共 { $boundary_km } 公里；不连通的网格：{ $broken }。
plan-nested-done = 已将 { $units } 个单元划分为 { $communities } 个社区网格、{ $grids } 个基础网格，写入 { $file }。基础网格与本片区平均值的最大偏差 { $max }%（允许 { $tolerance }%）；基础网格间边界共 { $boundary_km } 公里。
plan-nested-counts = { $areas } 个片区、{ $units } 个单元无法划分为 { $communities } 个社区网格和 { $grids } 个基础网格。每个片区至少要有一个社区网格，每个社区网格至少一个基础网格，每个基础网格至少一个单元。请调整 --communities 或 --grids。
plan-level-2 = 二级（社区网格）
plan-level-3 = 三级（基础网格）
plan-scored = { $grids } 个网格：最大偏差 { $max }%，平均偏差 { $mean }%；不连通：{ $broken }；网格间边界共 { $boundary_km } 公里；平均紧凑度 { $compactness }。
plan-arterial-share = 网格间边界有 { $share }% 沿主干路。
plan-groups-cut = 被网格切开的组：{ $count } 个 { $groups }
plan-compared = 有 { $units } 个单元、{ $pop } 人（占 { $share }%）调整归属；新增网格 { $new } 个，撤销 { $dissolved } 个。
plan-polygons-written = 已写入 { $grids } 个网格：{ $file }，无缝隙、无重叠。
plan-no-coverage = 网格面有 { $count } 处问题（缝隙、重叠或分散），未写入任何内容。请先修复基本单元：wangge units build 可生成无缝单元。

# 请求
plan-grids-invalid = 无法划分 { $grids } 个网格，请填写 1 或更大的数。
plan-tolerance-invalid = 允许偏差 { $tolerance } 无效，请填写大于 0、不大于 1 的数，例如 0.05 表示 5%。
plan-effort-invalid = 搜索强度 { $effort } 无效。通常为 1，10 表示搜索十倍时间，最大 1000。
plan-keep-invalid = 保持权重 { $keep } 无效。0 表示随意调整，1 表示尽量不变。
plan-seconds-invalid = 搜索时间 { $seconds } 秒无效，请填写大于 0 的数。
plan-simplify-invalid = 无法按 { $simplify } 米化简边界，请填写 0 或更大的数。
plan-more-grids-than-units = { $units } 个单元不够划分 { $grids } 个网格，每个网格至少要有一个单元。请减少网格，或按楼栋拆分单元。
plan-more-grids-than-groups = 无法划分 { $grids } 个网格：考虑不拆分和固定的单元后，只剩 { $groups } 块。请减少网格或缩小分组。
plan-more-parents-than-grids = { $grids } 个网格不够分给 { $parents } 个上级网格，每个至少一个。请至少填写 { $parents }。
plan-more-pins-than-grids = 单元被固定到 { $pins } 个不同网格，超出所要的 { $grids } 个网格可容纳的数量。请增加网格或减少固定。
plan-pins-apart = 固定到网格 { $grid } 的单元无法连通：中间隔着其他固定网格。请放开部分固定单元。
plan-pins-conflict = 不可拆分的单元被固定到两个网格：{ $one } 和 { $other }。请只保留一个。
plan-pin-crosses-parents = 固定到网格 { $grid } 的单元分属不同上级网格，而网格不得跨越上级。请更正固定或上级。
plan-parent-missing = { $count } 个单元没有上级网格，第一个是 { $unit }。请为每个单元填写。
plan-area-without-counts = 没有说明区域 { $area } 的网格数量，请给出其二级和三级网格数。
plan-area-counts-invalid = 区域 { $area } 的网格数量不合理：二级至少 1 个，三级不少于二级。

# 单元
plan-no-units = 没有可供划分的基本单元。
plan-unit-geometry = { $count } 个单元不是面（第一个是第 { $row } 个）。请为每个单元提供面。
plan-unit-id-missing = { $count } 个单元没有编号（第一个是第 { $row } 个）。请填写 unit_id。
plan-unit-id-duplicate = { $count } 个单元编号重复，例如 { $unit }。编号必须唯一。
plan-column-length = 字段 { $column } 的值与单元数不一致。
plan-graph-size = 相邻关系图有 { $nodes } 个节点，基本单元有 { $units } 个。请让每个单元对应一个节点，顺序一致。
plan-value-invalid = { $count } 个单元的 { $column } 为负数或不是数字，第一个是 { $unit }（{ $value }）。请更正。
plan-pop-missing = 单元没有 pop 字段，人口按 0 计。
plan-unit-unknown = { $file } 中有 { $count } 个单元不在单元文件里，例如 { $unit }。请使用同一份单元。
plan-unit-unassigned = { $file } 中有 { $count } 个单元没有网格，例如 { $unit }。方案必须包含每个单元。
plan-streets-without-class = 道路既没有 highway 字段，也没有 class 字段。请提供其一，以识别主干路。

# 均衡
balance-syntax = 无法理解“{ $expression }”。请填写 pop、area、字段名，或加权和，例如 load=0.6*pop+0.4*area。
balance-weight = “{ $expression }”中 { $column } 的权重不大于零。权重必须为正数。
balance-column-unknown = 没有可均衡的字段 { $column }。现有：{ $known }。
balance-total-zero = 字段 { $column } 的合计为零，无可均衡。请改用其他指标，例如 --balance area。

# 未满足的原因
plan-stopped-early = 搜索在 { $seconds } 秒后提前结束，方案可能还有改进余地。
plan-island-joined = { $count } 块土地不与其他单元相接，又不足以单独成为网格，已并到最近的单元，最大间距 { $widest_m } 米（{ $units }）。请检查单元之间是否有缝隙。
plan-group-apart = { $count } 块组内单元与本组其余部分不相接；每块保持完整，但该组可能被分开。请检查分组。
plan-area-uneven = { $area } 的工作量相当于全域 { $wanted } 个基础网格，给定 { $given } 个：其网格与全域平均相差 { $off } %，区域内部仍然均衡。

# 编码
grid-code-invalid = “{ $code }”不是街道编码（9 位）或社区编码（12 位）。
grid-code-duplicate = 两个网格的编码都是 { $code }。编码必须唯一。
grid-codes-used-up = { $parent } 的编码不足以编排 { $count } 个网格：连同已停用的，最多 { $most } 个。请增设社区。

# 覆盖检查
coverage-code-duplicate = 第 { $level } 级：{ $count } 个编码重复（{ $grids }）。
coverage-empty = 第 { $level } 级：{ $count } 个网格没有面（{ $grids }）。
coverage-invalid = 第 { $level } 级：{ $count } 个面无效（{ $grids }）。
coverage-in-pieces = 第 { $level } 级：{ $count } 个网格分成几块（{ $grids }）。
coverage-in-pieces-known = 第 { $level } 级：{ $count } 个网格因孤立地块分成几块（{ $grids }）。
coverage-overlap = 第 { $level } 级：{ $count } 个网格重叠，共 { $area_m2 } 平方米（{ $grids }）。
coverage-edges = 第 { $level } 级：{ $count } 个网格的边与相邻网格不吻合（{ $grids }）。
coverage-gap = 第 { $level } 级：{ $count } 个网格之间有缝隙，共 { $area_m2 } 平方米（{ $grids }）。
coverage-hole = 第 { $level } 级：{ $count } 个空洞不属于任何网格。若不是水面或其他辖区，请补上缺少的单元。
coverage-orphan = 第 { $level } 级：{ $count } 个网格没有第 { $parent_level } 级上级（{ $grids }）。
coverage-childless = 第 { $parent_level } 级：{ $count } 个网格没有第 { $level } 级下级（{ $grids }）。
coverage-not-sum = 第 { $parent_level } 级：{ $count } 个网格不等于其第 { $level } 级网格之和（{ $grids }）。
plan-also-syntax = “{ $text }”不是附加指标。请写字段或组合、冒号和允许偏差：--also area:0.2
plan-limit-syntax = “{ $text }”不是限值。请写字段及其下限和上限（可省略其一）：--limit households=300:500
plan-lock-unknown = 要锁定的网格 { $grid } 在现行方案中没有任何基本单元。请用 --current 给出现行网格，用 --lock 给出其名称。
plan-lock-crosses-parents = 锁定的网格 { $grid } 跨越了 --parent 的多个上级网格。请解除锁定，或更正其上级。
plan-pin-in-locked = 基本单元 { $unit } 已固定，又位于锁定的网格内。请取消固定或解除锁定。
plan-clarity-invalid = { $clarity } 不是有效的道路权重。请填写 0（只看长度）到 10 之间的数。
plan-criterion = { $name }：每个网格 { $least } 至 { $most }，{ $outside } 个不满足要求。
plan-seed-outside = { $file } 中有 { $count } 个种子点不在任何基本单元内（第一个在第 { $row } 行）。请检查坐标系（--crs）或删除这些点。
plan-seeds-in-one-unit = 基本单元 { $unit } 内有 { $one } 和 { $other } 两个网格的种子点（{ $file }）。请移动其中一个，或拆分该单元。
