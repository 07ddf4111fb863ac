# 任何方案都达不到的，以及原因。{ $bound } 为偏差百分数：任何方案的最大偏差都不会低于它。
plan-limit-none = 没有已知的偏差下限。
plan-limit-unit = { $pieces } 个单元本身就超过一个网格应有的工作量，最大的为 { $times } 倍：{ $units }。任何方案的最大偏差都不会低于 { $bound }%。请按楼栋拆分，或减少网格。
plan-limit-group = { $pieces } 个不可拆分的组本身就超过一个网格应有的工作量，最大的为 { $times } 倍（单元 { $units }）。任何方案的最大偏差都不会低于 { $bound }%。请缩小分组，或减少网格。
plan-limit-heavy = 最大的 { $number } 个单元分到 { $grids } 个网格，必有 { $together } 个落在同一网格：任何方案的最大偏差都不会低于 { $bound }%（{ $units }）。请按楼栋拆分，或调整网格数量。
plan-limit-rest = 最大的单元（{ $units }）只给其余网格留下应有工作量的 { $share }%：任何方案的最大偏差都不会低于 { $bound }%。请按楼栋拆分，或减少网格。
plan-limit-total = 全部单元平均只给每个网格应有工作量的 { $share }%：任何方案的最大偏差都不会低于 { $bound }%。请调整目标或网格数量。
plan-limit-whole = 工作量都是 { $step } 的整数倍，而网格平均值不是：任何方案的最大偏差都不会低于 { $bound }%。请把允许偏差放宽到该值，或调整网格数量。
plan-limit-land = 不与其他土地相接的土地，其工作量不是网格的整数倍：{ $units } 所在土地相当于 { $wanted } 个网格。任何方案的最大偏差都不会低于 { $bound }%。请调整网格数量、放宽允许偏差，或把土地连起来。
plan-limit-parent = 网格不跨上级，而上级的工作量不是网格的整数倍：{ $units } 所在上级相当于 { $wanted } 个网格。任何方案的最大偏差都不会低于 { $bound }%。请调整网格数量或上级范围，或放宽允许偏差。
plan-limit-lands = { $lands } 块土地或上级不够分 { $grids } 个网格，每块至少要一个，例如 { $units } 所在的一块。请增加网格，或把土地连起来。
plan-limit-between = 有单元只占网格工作量的 { $share }%，而相邻单元都过大，无法与它同属一个网格：{ $units }。任何方案的最大偏差都不会低于 { $bound }%。请按楼栋拆分相邻单元，或放宽允许偏差。
plan-limit-behind = 只经单元 { $units } 与外界相连的土地，其工作量不是网格的整数倍：任何方案的最大偏差都不会低于 { $bound }%。请按楼栋拆分该单元，补上跨越障碍的相邻关系，或放宽允许偏差。
plan-limit-minimum = 各网格的最低要求合计 { $sum }，而总量只有 { $total }。请降低最低要求，或减少网格。
plan-limit-maximum = 各网格的最高限额合计 { $sum }，而总量为 { $total }。请提高限额，或增加网格。
plan-limit-unit-maximum = 有单元本身就超过网格的最高限额（{ $sum }）：{ $units }。请按楼栋拆分，或提高限额。

plan-step-polish = 逐个邻域精确优化
