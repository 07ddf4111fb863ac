# 任何方案都达不到的，以及原因。{ $bound } 为偏差百分数：任何方案的最大偏差都不会低于它。
plan-of = { $criterion ->
    [main] {""}
   *[other] 指标 { $criterion }：
 }
plan-split = 请按楼栋拆分（wangge units build --buildings）
plan-limit-none = 没有已知的偏差下限。
plan-limit-unit = { plan-of }{ $count } 个单元本身就超过一个网格的上限，最大的为一个网格应有工作量的 { $times } 倍：{ $units }。任何方案的最大偏差都不会低于 { $bound }%。{ plan-split }，或减少网格。
plan-limit-group = { plan-of }{ $count } 个不可拆分（或固定在同一网格）的组本身就超过一个网格的上限，最大的为一个网格应有工作量的 { $times } 倍（单元 { $units }）。任何方案的最大偏差都不会低于 { $bound }%。请缩小分组，或减少网格。
plan-limit-locked = { plan-of }{ $count } 个锁定的网格本身就超出允许偏差，最大的偏差 { $off }%（单元 { $units }）。任何方案的最大偏差都不会低于 { $bound }%。请解除锁定，或放宽允许偏差。
plan-limit-beside-locked = { plan-of }锁定的网格给其余 { $given } 个网格（含 { $units }）留下 { $wanted } 个网格的工作量。任何方案的最大偏差都不会低于 { $bound }%。请解除锁定，或调整网格数量。
plan-limit-pin-hemmed = { plan-of }{ $count } 个网格被围住：固定或作为种子的单元 { $units } 不越过其他固定单元所能到达的土地，最多只有一个网格的 { $share }%。任何方案的最大偏差都不会低于 { $bound }%。请拉开种子的距离，或减少固定的单元。
plan-limit-pin-alone = { plan-of }每个网格都已固定或有种子，其中 { $count } 个（单元 { $units }）必须接收其他网格到不了的土地，最多的合计达一个网格的 { $share }%。任何方案的最大偏差都不会低于 { $bound }%。请移动种子，或让网格数多于固定的网格。
plan-limit-heavy = { plan-of }最大的 { $number } 个单元分到 { $grids } 个网格，必有 { $together } 个落在同一网格：任何方案的最大偏差都不会低于 { $bound }%（{ $units }）。{ plan-split }，或调整网格数量。
plan-limit-rest = { plan-of }最大的单元（{ $units }）只给其余网格留下应有工作量的 { $share }%：任何方案的最大偏差都不会低于 { $bound }%。{ plan-split }，或减少网格。
plan-limit-total = { plan-of }全部单元平均只给每个网格应有工作量的 { $share }%：任何方案的最大偏差都不会低于 { $bound }%。请调整目标或网格数量。
plan-limit-whole = { plan-of }工作量都是 { $step } 的整数倍，而网格平均值不是：任何方案的最大偏差都不会低于 { $bound }%。请把允许偏差放宽到该值，或调整网格数量。
plan-limit-land = { plan-of }不与其他土地相接的土地，其工作量不是网格的整数倍：{ $units } 所在土地相当于 { $wanted } 个网格。任何方案的最大偏差都不会低于 { $bound }%。请调整网格数量、放宽允许偏差，或把土地连起来。
plan-limit-parent = { plan-of }网格不跨上级，而上级的工作量不是网格的整数倍：{ $units } 所在上级相当于 { $wanted } 个网格。任何方案的最大偏差都不会低于 { $bound }%。请调整网格数量或上级范围，或放宽允许偏差。
plan-limit-lands = { plan-of }{ $lands } 块土地或上级不够分 { $grids } 个网格，每块至少要一个，例如 { $units } 所在的一块。请增加网格，或把土地连起来。
plan-limit-between = { plan-of }{ $count } 个单元不足以成为网格，而相邻单元都过大，无法与之同属一个网格；最突出的只占一个网格的 { $share }%：{ $units }。任何方案的最大偏差都不会低于 { $bound }%。请按楼栋拆分相邻单元（wangge units build --buildings），或放宽允许偏差。
plan-limit-behind = { plan-of }只经 { $count } 个单元或组（{ $units }）与外界相连的土地，无论是否连同它，其工作量都不是网格的整数倍：任何方案的最大偏差都不会低于 { $bound }%。请在该处按楼栋拆分（wangge units build --buildings），补上跨越障碍的相邻关系，或放宽允许偏差。
plan-limit-minimum = { plan-of }各网格的最低要求合计 { $sum }，而总量只有 { $total }。请降低最低要求，或减少网格。
plan-limit-maximum = { plan-of }各网格的最高限额合计 { $sum }，而总量为 { $total }。请提高限额，或增加网格。
plan-limit-unit-maximum = { plan-of }{ $count } 个单元本身就超过网格的最高限额（{ $most }）：{ $units }。{ plan-split }，或提高限额。
plan-limit-group-maximum = { plan-of }{ $count } 个不可拆分（或固定在同一网格）的组超过网格的最高限额（{ $most }；单元 { $units }）。请缩小分组，或提高限额。
plan-limit-locked-outside = { plan-of }{ $count } 个锁定的网格低于 { $least } 或高于 { $most }（单元 { $units }）。请解除锁定，或放宽限值。
plan-limit-lands-outside = { plan-of }每个网格 { $least } 至 { $most } 时，{ $grids } 个网格无法分给各上级、各块土地或锁定网格以外的部分{ $units ->
    [none] {""}
   *[other] （{ $units }）
 }。请放宽限值，或调整网格数量。
plan-cut-off-joined = { $count } 块土地被障碍隔开（或只在角上相接），又不足以单独成为网格，仍并到最近的单元（{ $units }）。请增加网格，或在居民通行处为障碍留出通道。

# 方案能否达到允许偏差，以及网格超出的原因。
plan-outside-best = { $count } 个网格超出 { $tolerance }% 的允许偏差。这已是最好的结果：任何方案的最大偏差都不会低于 { $least }%（已证明），本方案为 { $max }%。
plan-outside-proven = { $count } 个网格超出 { $tolerance }% 的允许偏差，而任何方案都不能使所有网格达标：最大偏差至少为 { $least }%（已证明）。本方案为 { $max }%。
plan-outside-open = { $count } 个网格超出 { $tolerance }% 的允许偏差，最大为 { $max }%。未找到更好的方案；{ $known ->
    [no] 但也不能证明没有
   *[yes] 能证明的只是任何方案都不会低于 { $least }%
 }。请延长搜索（--seconds 或 --effort 5）、更换 --seed、放宽允许偏差，或按楼栋拆分大单元（wangge units build --buildings）。
plan-criterion-missed = { $count } 个网格不满足 { $name } 的要求：实际为 { $least } 至 { $most }，要求为 { $least_wanted } 至 { $most_wanted ->
    [none] 不限
   *[other] { $most_wanted }
 }。{ $reach ->
    [never] 任何方案都无法满足。
   *[open] 请延长搜索（--seconds 或 --effort 5）、放宽该要求，或放宽主要指标的允许偏差。
 }
plan-alike = { $more ->
    [0] {""}
   *[other] （另有 { $more } 个原因相同：{ $others }）
 }
plan-grid-locked = { plan-of }{ $grid } 偏差 { $deviation }%：该网格已按现状锁定。{ plan-alike }请解除锁定。
plan-grid-unit-large = { plan-of }{ $grid } 偏差 { $deviation }%：仅单元 { $unit } 就占一个网格的 { $share }%。{ plan-alike }{ plan-split }。
plan-grid-group-large = { plan-of }{ $grid } 偏差 { $deviation }%：与单元 { $unit } 不可拆分或固定在一起的部分就占一个网格的 { $share }%。{ plan-alike }请缩小分组。
plan-grid-pin-hemmed = { plan-of }{ $grid } 偏差 { $deviation }%：其他固定或作为种子的单元使 { $unit } 可到达的土地过少。{ plan-alike }请拉开种子的距离。
plan-grid-pin-alone = { plan-of }{ $grid } 偏差 { $deviation }%：含 { $unit } 的网格必须接收其他网格到不了的土地。{ plan-alike }请移动种子。
plan-grid-between = { plan-of }{ $grid } 偏差 { $deviation }%：单元 { $unit } 不足以成为网格，而相邻单元过大，无法与它同属一个网格。{ plan-alike }请按楼栋拆分相邻单元。
plan-grid-behind = { plan-of }{ $grid } 偏差 { $deviation }%：只经单元 { $unit } 与外界相连的土地，其工作量不是网格的整数倍。{ plan-alike }请按楼栋拆分该单元，或补上跨越障碍的相邻关系。
plan-grid-parent-uneven = { plan-of }{ $grid } 偏差 { $deviation }%：其上级 { $region } 的工作量相当于 { $wanted } 个网格，却划为 { $given } 个，无论怎样划分，平均偏差都是 { $forced }%。{ plan-alike }请改变上级的网格数或边界。
plan-grid-land-uneven = { plan-of }{ $grid } 偏差 { $deviation }%：其土地（单元 { $region } 所在）不与其他土地相接，工作量相当于 { $wanted } 个网格，划为 { $given } 个，平均偏差 { $forced }%。{ plan-alike }请调整网格数量，或把土地连起来。
plan-grid-beside-locked = { plan-of }{ $grid } 偏差 { $deviation }%：锁定的网格给这块土地留下 { $wanted } 个网格的工作量，划为 { $given } 个，平均偏差 { $forced }%。{ plan-alike }请解除锁定，或调整网格数量。
plan-grid-beside-large = { plan-of }{ $grid } 偏差 { $deviation }%：大于一个网格的单元或组，或锁定的网格，使其余网格无论怎样划分，平均偏差都是 { $rest }%。{ plan-alike }请按楼栋拆分过大的单元。
plan-grid-no-plan = { plan-of }{ $grid } 偏差 { $deviation }%：任何方案都有网格超出，偏差至少 { $bound }%（已证明）。{ plan-alike }请把允许偏差放宽到该值，或调整网格数量。
plan-grid-not-searched = { plan-of }{ $grid } 偏差 { $deviation }%：未发现妨碍其 { $units } 个单元及周边更好划分的原因，最大的单元占一个网格的 { $share }%。{ plan-alike }可用 wangge plan generate 寻找更好的划分，加 --current 可使变动最少。
plan-grid-stopped = { plan-of }{ $grid } 偏差 { $deviation }%：搜索在完成前被终止。{ plan-alike }请延长搜索。
plan-grid-coarse = { plan-of }{ $grid } 偏差 { $deviation }%：只有 { $units } 个单元，最大的（{ $unit }）占一个网格的 { $share }%，未找到更好的划分。{ plan-alike }{ plan-split }，或放宽允许偏差。
plan-grid-not-better = { plan-of }{ $grid } 偏差 { $deviation }%：对其 { $units } 个单元及周边未找到更好的划分，最大的单元占一个网格的 { $share }%。{ plan-alike }请延长搜索（--seconds）、更换 --seed，或放宽允许偏差。

plan-step-polish = 逐个邻域精确优化
