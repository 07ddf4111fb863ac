# 从现行方案到新方案
change-summary = { $units } 个单元、{ $people } 人（占总人口 { $share }%）调整网格，共 { $steps } 步。
change-bounds = 任何同样均衡的方案至少要调整 { $least }% 的工作量（已证明）。若单元只划给现在相邻的网格，则至少为 { $chained }%；本方案调整 { $moved }%。
change-moves-written = 已将 { $steps } 步写入 { $file }。请按顺序执行：每一步之后各网格均连通。过程中最大偏差为 { $peak }%。
change-no-order = 未找到使每一步之后各网格都连通的调整顺序：{ $count } 个单元互相等待。请一次性完成全部调整，或生成更接近现行方案的结果（放宽 --tolerance，或固定部分单元）。
change-touches-fixed = { $count } 个已固定或位于锁定网格内的单元将被调整。请解除固定，或让它们留在原网格。
change-grid-in-pieces = 现行方案中有 { $count } 个网格不连通（{ $grids }）。新方案已将其连成整体，所需的调整已计入。
change-unit-without-grid = { $count } 个单元现在没有网格，已为其指定网格，不计入调整。
plan-moves-without-current = 调整步骤以现行网格为起点，请用 --current 给出现行网格。
