# 草案到发布之路：对比、检查、审查、批注、定时、回退。
compare-other-jurisdiction = 方案 { $a } 与方案 { $b } 属于不同辖区。请对比同一辖区的两个方案。

review-not-now = { $step ->
    [send] 不能送审
    [approve] 不能通过
    [return] 不能退回
    [withdraw] 不能撤回
   *[schedule] 不能定时发布
 }：方案 { $id } 现为{ $state ->
    [draft] 编制中的草案
    [discarded] 已弃用的草案
    [waiting] 审查中
    [approved] 已通过
    [published] 执行中
   *[superseded] 已被取代
 }。请重新载入页面，查看期间的变化。
review-sent-again = 方案 { $id } 在您查看之后已由 { $by } 修改并重新送审。请重新载入页面，查看现在的内容后再决定。
review-reason-missing = 请说明退回的理由，以便编制人知道要改什么。
review-needs-planner = 您的角色不能执行这一步。请联系本辖区的规划人员。
review-needs-whole = 方案涉及整个辖区，由整个辖区的人员决定，不由其中一部分的人员决定。请联系辖区的规划人员。
review-own-draft = 这个草案由您送审、建立或编辑过，须由他人通过：另一位规划人员或领导。
draft-check-failed = 有 { $count } 项问题使草案不能送审。请查看检查结果，逐项改正后再送审。
publish-needs-approval = 方案 { $id } 的现状尚未通过审查。请先送审，经他人通过后即可发布。
plan-codes-reused = 方案 { $id } 使用了在现行或以前的方案中属于其他网格的编码（{ $codes }）。请为这些网格另编新码：编码永不改指别的网格。
schedule-past = 该时刻已过。请选择将来的时刻，或立即发布。
schedule-too-far = 该时刻在 { $days } 天以后。请选择较早的时刻。
schedule-none = 方案 { $id } 没有设定发布时刻。
schedule-failed = 发生了意外，详情见服务器日志。请手动发布，并联系服务器管理员。
roll-back-not-former = 方案 { $id } 不是现行方案的前一个方案，前一个是方案 { $former }。请回退到那一个，或由方案 { $id } 建立草案并送审。
comment-not-found = 这个草案没有批注 { $id }。
comment-grid-unknown = 草案中没有网格 { $code }。请把批注钉在已有的网格或某个地点上。
comment-draft-closed = 方案 { $id } 已不是草案，批注已经关闭。

# 检查发现的问题及处理办法。
check-units-unassigned = 有 { $count } 个基本单元不属于任何网格。请逐一划入网格。
check-grids-empty = 有 { $count } 个网格没有土地（{ $grids }）。请划入单元，或删除网格。
check-no-grids = 草案还没有网格。
check-grids-in-pieces = 有 { $count } 个网格由互不相连的几块组成（{ $grids }）。请修复：被隔断的部分归相邻网格。
check-codes-elsewhere = 有 { $count } 个编码不以本辖区编码 { $begins } 开头（{ $grids }）。请改用本辖区的编码。
check-codes-reused = 有 { $count } 个编码在现行或以前的方案中属于其他网格（{ $grids }）。请重新建立网格，使其获得从未用过的编码。
check-names-missing = 有 { $count } 个网格没有名称（{ $grids }）。请命名。
check-names-twice = 有 { $count } 个网格与同一上级下的其他网格重名（{ $grids }）。请改名。
check-outside-tolerance = 有 { $count } 个网格超出 { $tolerance }% 的允许偏差，最大 { $worst }%（{ $grid }）。请重新平衡，或说明保留的理由。
check-posts-unfilled = 方案生效后有 { $count } 个网格无人负责（{ $grids }）。请届时配齐；在此之前事件由上级负责人承接。
check-posts-ending = 有 { $count } 个岗位因网格撤销而终止（{ $grids }）。
check-comments-open = 还有 { $count } 条批注未解决。

notice-plan-review-asked = 方案“{ $name }”等待审查{ $reason ->
    [none] {""}
   *[other] ：{ $reason }
 }
notice-plan-review-decided = 方案“{ $name }”{ $decision ->
    [approve] 已通过审查
   *[other] 被退回
 }{ $reason ->
    [none] {""}
   *[other] ：{ $reason }
 }
notice-plan-published = 方案“{ $name }”已生效{ $how ->
    [on_time] ，按设定的时刻发布
    [rolled_back] ：重新发布了前一个方案
   *[other] {""}
 }
notice-plan-schedule-failed = 方案“{ $name }”未能按设定的时刻发布。{ $fault }
