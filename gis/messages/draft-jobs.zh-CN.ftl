# 方案草案上的长时间计算:步骤,以及为何没有做
draft-job-step-read = 正在读取草案
draft-job-not-found = 没有您可以查看的草案计算 { $id }。请打开草案重新开始。
draft-job-at-work = 您在这里已有一项计算正在进行（编号 { $id }）。请等待其完成或取消后再开始下一项。
draft-job-not-done = 计算 { $id } 没有可采用的结果：尚未完成、已取消或已失败。请重新开始。
draft-job-taken = 计算 { $id } 建议的调整已全部在草案中。如需继续，请开始新的计算。
draft-job-overtaken = 计算 { $id } 的建议已全部不再适用：开始之后有 { $count } 个基本单元被移动、固定、锁定或切分。请以草案现状重新开始。
draft-job-let-go = 第 { $id } 项计算的方案已清理：只保留 { $days } 天。请从草案现在的状态重新开始计算。
draft-job-lost = 这项计算在开始之前已丢失。请重新开始；如果多次发生，请告诉服务器管理员。
draft-job-choice = 请指明采用 { $count } 个备选中的哪一个：参数 choice，从 0 数起。
draft-job-grid-unknown = { $count ->
    [0] 请至少指定一个要均衡的基础网格，或省略 grids 以均衡全部网格。
    *[other] 草案中没有基础网格 { $grids }。请用草案现有的 15 位编码指定网格。
  }
draft-job-nothing-to-move = 所选的 { $grids } 个网格中没有可移动的内容：网格已锁定、单元已固定，或在同一街道内没有同时被选中的相邻网格。请解锁、取消固定，或多选一些网格。
draft-job-within-invalid = “{ $within }”不是单元可停留的范围。请填写 sub_district 或 community。
draft-job-given-up = 此项计算已开始 { $runs } 次，每次执行进程都中途终止。请减少网格或缩短时间再试，并告知服务器维护人员。

# 由计算生成的草案
generate-no-plan = 没有可作为起点的方案：新草案需要其基本单元和街道。请先导入基本单元和首个方案（wangge import plan），再生成。
generate-nothing-chosen = 所选街道中没有您可以划分的基本单元。请至少选择一个本级街道。
generate-communities-below = 社区由所属街道划分。请保持社区不变，或联系街道。
generate-count-unknown = 无法为 { $codes } 指定数量：划分范围内没有该街道，或没有该保留的社区。
generate-count-invalid = 网格数和社区数须为 1 以上的整数。
generate-count-impossible = { $area } 无法划分为 { $grids } 个基础网格：其下有 { $communities } 个社区，每个至少一个网格；有 { $units } 个基本单元，每个至多一个网格。请调整数量。
generate-community-name = { $above }第{ $number }社区
generate-grid-name = { $above }第{ $number }网格
draft-job-not-yours = 计算 { $id } 属于他人。只有开始者或全辖区的规划人员可以取消。
