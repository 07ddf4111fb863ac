# 草案：操作为何不能进行，以及该怎么办。
draft-not-found = 这里没有草案 { $id }。请打开草案列表，从中选择。
draft-discarded = 草案 { $id } 已被弃置。要继续编辑，请先在草案列表中取回。
draft-in-review = 草案 { $id } 正在审核，内容保持不变。要修改，请先撤回审核，或等待退回。
draft-in-force = 方案 { $id } 已经或曾经生效，内容保持不变。要改动边界，请由它新建草案。
draft-not-yours = 草案 { $id } 属于他人。只有建立者或全辖区的规划人员可以改名、弃置或送审。
draft-plan-without-units = 方案 { $id } 没有基本单元，无法由它绘制。请选择其他方案。
draft-practice-none = 方案 { $id } 中没有同一社区内相邻且足够大的两个网格，不能用来练习。请选择其他方案。
draft-grid-unknown = 草案中没有{ $count ->
    [1] 网格 { $grids }
   *[other] 其中 { $count } 个网格：{ $grids }
}。它可能刚被删除或合并，或者缺少上级网格：请重新载入草案。
draft-grid-locked = { $count ->
    [1] 网格 { $grids } 已锁定
   *[other] { $count } 个网格已锁定：{ $grids }
}，不能移出或移入单元。请先解锁，或不要包括它。
draft-grid-not-empty = { $grids } 之下仍有单元或网格，不能撤销。请先将其移走。
draft-units-pinned = 这会移动 { $count } 个已固定的单元。请先取消固定，或不要包括它们。
draft-units-moved = 其中 { $count } 个单元已不在您所见的网格中（最近由 { $by } 改动）。请看它们现在的位置，再重新绘制。
draft-units-gone = 其中 { $count } 个单元已被切分或合并，不在草案中了（最近由 { $by } 改动）。请重新载入草案。
draft-together-apart = 保持在一起的单元必须同在一个网格，而这样做会把它们分开。请先移入同一网格，或从组中取出。
draft-outside-own-area = 您的账号只能改动 { $below } 之下的网格，而这还会改动 { $grids }。请不要包括它，或请全辖区的规划人员处理。
draft-no-neighbour = 网格 { $grid } 有 { $count } 个单元没有可以接收的相邻网格。请解锁旁边的网格，或先手工移走这些单元。
draft-nothing-changed = 没有任何改变：一切已如您所愿。
draft-nothing-to-undo = 您在此草案中没有可以撤销的操作。
draft-nothing-to-redo = 没有可以重做的操作：没有撤销过，或此后又做了新的操作。
draft-undo-overtaken = 同一处此后已被改动（最近由 { $by }），不能直接撤销。请查看后手工修改。
draft-key-taken = 此键此前已随另一操作发送。请为每个操作使用各自的键。
draft-base-unknown = 草案现为第 { $version } 号操作，尚无第 { $base } 号。请重新载入。
draft-grids-changed = 自您上次查看以来，{ $by } 已改动同样的网格。请查看现在的不同之处，再试一次。
draft-line-invalid = 切分线至少需要两个不同的点。请重新绘制。
draft-pull-takes-nothing = 新的边界没有从相邻网格划入任何单元：所覆盖的单元已固定、与其它单元保持在一起，或者没有覆盖任何单元。请拖远一些，或先取消固定。
draft-line-cuts-nothing = 这条线没有贯穿任何单元，无可切分。请从要切分的范围之外开始并在其外结束。
draft-cut-failed = 这条线在此处无法干净地切分。请稍作改变后重画。
