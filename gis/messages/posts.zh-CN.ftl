# `wangge posts import`
help-posts-import = 导入请假（含代理人）和值班表，要么全部导入，要么一行也不导入。
help-posts-import-more = 已有记录的行保持不变：重复导入同一文件不会改变任何内容。时间按本单位时区；只写日期的按整天计。
help-posts-import-file = Excel 或 CSV；可用“wangge posts template”生成空表。
help-posts-import-jurisdiction = 机构代码，如 410102。
help-posts-import-dry-run = 检查全部内容并说明将记录什么，但不写入。
help-posts-import-json = 以 JSON 输出。
help-posts-template = 生成一份空的请假与值班 Excel 表供填写。
help-posts-template-out = 要写入的文件：.xlsx。
posts-template-written = 已写入 { $out }。填写后请输入：wangge posts import { $out } --jurisdiction 代码 --dry-run
posts-template-sheet = 请假与值班
posts-template-help-sheet = 填写说明
posts-template-help =
    类型：请假或值班。留空时，有网格编号或班次的为值班，否则为请假。
    姓名、电话：与系统记录一致的姓名；仅在重名时需要电话。
    网格编号：值班所负责的网格，9、12 或 15 位。
    代理人、代理人电话：请假期间由谁代理；留空则由上一级负责。
    日期和班次：某一天的班次：白班（08:00-20:00）、夜班（20:00 至次日 08:00）、全天，或如 08:30-17:30 的时段。
    开始时间和结束时间：代替日期和班次，如 2026-05-01 08:00。只写日期的按整天计，最后一天也计入。请假不写结束时间的，直到销假为止。
    事由：原因。
    示例：请假，王芳，……，代理人李强，开始 2026-05-01，结束 2026-05-03，年休
    示例：值班，李强，……，410102004001001，日期 2026-05-01，夜班
posts-step-write = 记录请假与值班
posts-refused = { $file } 未导入任何内容：须先改正 { $count } 处错误。报告中逐一列出行、列和改法。
posts-too-large = 文件超过 { $limit } MB，远大于请假和值班表所需。请去掉图片和其他工作表，或按月拆分。
posts-too-many-rows = 文件有 { $count } 行；一次最多 { $limit } 行。请按月拆分。
posts-import-done = { $dry_run ->
    [true] 将记录：请假 { $absences } 条、班次 { $duties } 条；已有记录 { $already } 行。未写入任何内容。
   *[false] { $absences ->
    [0] { $duties ->
        [0] 没有新内容：全部 { $already } 行均已有记录。
       *[other] 已记录班次 { $duties } 条；已有记录 { $already } 行。
     }
   *[other] 已记录请假 { $absences } 条、班次 { $duties } 条；已有记录 { $already } 行。
 }
 }
posts-row-kind-unknown = “{ $column }”既不是请假也不是值班（{ $examples }）。请填写其中之一：{ $known }。
posts-row-person-missing = “{ $column }”为空。请填写姓名。
posts-row-person-unknown = “{ $column }”在本辖区查无此人（{ $examples }）。请按系统记录填写姓名和电话，或先登记该人员。
posts-row-person-ambiguous = “{ $column }”有多人重名（{ $examples }）。请在旁边的电话列填写其电话。
posts-row-grid-missing = “{ $column }”为空。请填写班次所负责的网格编号。
posts-row-grid-unknown = “{ $column }”不是本辖区的网格（{ $examples }）。请按方案填写 9、12 或 15 位编号。
posts-row-substitute-self = “{ $column }”与请假人相同（{ $examples }）。请另填他人，或留空。
posts-row-time-missing = “{ $column }”为空。请填写起止时间，或日期和班次。
posts-row-time-unreadable = “{ $column }”无法识别为时间（{ $examples }）。请写成 2026-05-01 08:00，整天则写 2026-05-01。
posts-row-time-too-far = “{ $column }”早于1900年或晚于2200年（{ $examples }）。请改正；请假尚无结束时间的，请将结束时间留空。
posts-row-time-reversed = “{ $column }”不晚于开始时间（{ $examples }）。请对调或改正。
posts-row-shift-unknown = “{ $column }”不是已知班次（{ $examples }）。请填写其中之一：{ $known }；或如 08:30-17:30 的时段。
posts-row-shift-and-times = 班次（{ $examples }）只属于一天：请只写日期、不写时刻和结束时间，或将“{ $column }”留空。
posts-row-overlaps-row = “{ $column }”：与第 { $examples } 行同一人员或网格的时间重叠。请改正或删除其一。
posts-row-overlaps-stored = “{ $column }”：该时段内此人已有其他请假，或该网格已有其他值班（{ $examples }）。请先结束原记录，或改用其他时间。
posts-row-repeated = 该行与文件中前面的行相同，只计一次。
posts-row-ended = 该行以前已记录且已结束，保持结束状态。如需再次生效，请用其他时间重新记录。
