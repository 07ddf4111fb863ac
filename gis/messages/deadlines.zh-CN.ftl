# 工作日历、时限表、计时与后台任务。
calendar-week = 日历须给出七天的办公时间，且至少有一天办公。请从星期一起填写七天的时段。
calendar-hours = 办公时间须在同一天之内，开始早于结束，各时段先后分明、中间有间隔。请更正时段。
calendar-zone = “{ $zone }”不是时区名称。请使用 Asia/Shanghai 这样的名称。
calendar-too-far = 在 { $year } 年之前算不出到期时间：日历的工作时间太少，或日期太远。请检查办公时间和时限。
calendar-day = “{ $day }”不是 2026-10-01 形式的日期。请更正。
calendar-missing = 本辖区尚未登记工作日历，因此没有时限。请先登记办公时间和节假日。
calendar-changed = 日历刚被他人更改。请重新加载后再决定。
allowance-unit = “{ $unit }”不是时间单位。请使用 working_hours、working_days、calendar_hours 或 calendar_days。
allowance-amount = 时限不能为 { $amount }：请填写{ $step ->
    [day] 整天数
   *[quarter] 以一刻钟为单位的小时数
}，大于 0，不超过 { $most }。
deadline-twice = 时限表在此期间已有相同类别、等级和阶段的时限。请先替换或结束原有时限。
deadline-not-found = 此处没有可结束的时限 { $id }：它已结束，或属于其他辖区。
deadlines-there = 本辖区已有时限表。请逐条更改。
extension-not-later = 延期须把到期时间（{ $due }）推迟到尚未到来的更晚时刻。请选择更晚的时间。
clock-none = 本事件没有正在计时的时限，无可延期。
clock-not-running = 本事件的计时没有在走：已挂账或已结案。请重新加载该事件。
clock-not-paused = 本事件的计时并未暂停。请重新加载该事件。
clock-not-stopped = 本事件的计时仍在走。请重新加载该事件。
deadline-stage-unknown = “{ $stage }”不是可设时限的阶段。请使用 case、collected、registered、dispatched、handled 或 fed_back。
severity-unknown = { $severity } 不是事件等级。请填写 1 至 4，或留空表示不限。
soon-share = 临期提醒按剩余时间的比例确定：请填写 0 与 1 之间的数，例如 0.25。
escalated-overdue = 超期未结，系统自动上报上一级。

help-worker = 提醒临期和超期事件，并处理后台任务，直到停止。
help-worker-more = `wangge serve` 自带一个后台进程。可以在本机或使用同一 DATABASE_URL 的其他机器上再运行多个，也可以用 `wangge serve --no-worker` 并单独运行本命令。无论运行几个，每件事只提醒一次；某个进程中途退出，其任务由其他进程接手。
help-serve-worker = 同时在本进程内提醒到期事件并处理后台任务；--no-worker 表示交给 `wangge worker`。
worker-begins = 后台进程已开始处理到期事件，按 Ctrl-C 停止。
delay-whole = 延迟时间须同时给出数量和单位；都不填表示不自动上报。

# 时限表文件
deadline-sheet = 时限表
deadline-sheet-categories = 类别
deadline-sheet-help = 填写说明
deadline-help =
    每行一条时限：适用于哪些事件、哪个阶段、给多少时间。带 * 的列必填。
    类别编码：填“类别”表中的编码或名称；填大类即适用于其下全部小类；留空表示不限类别。
    严重程度：填 1 至 4，或轻微、一般、较重、严重；留空表示不限。两行都适用时，先看类别，再看严重程度。
    阶段：全程、立案、派遣、处置、反馈、核查结案。
    时限与单位：工作小时、工作日、小时、天。以天计的须为整数，以小时计的最小为四分之一小时。
    临期比例：剩余时间不足该比例时提醒临期；留空按 0.25。
    同一类别、严重程度、阶段的行将替换现有的行。文件中没有的行保持不变，除非选择将其停用。正在计时的事件仍按开始时的时限。
deadlines-refused = { $file } 中有 { $count } 行无法使用，因此未作任何更改。问题已逐行列出：请改正后重试。
deadlines-too-many = 文件有 { $count } 行；时限表最多 { $limit } 行。请检查文件是否正确。
row-deadline-stage = “{ $column }”列：{ $examples } 不是可用的阶段。请填全程、立案、派遣、处置、反馈或核查结案。
row-deadline-unit = “{ $column }”列：{ $examples } 不是可用的时间单位。请填工作小时、工作日、小时或天。
row-deadline-severity = “{ $column }”列：{ $examples } 不是可用的严重程度。请填 1 至 4，或留空表示不限。
row-deadline-amount = “{ $column }”列：{ $examples } 不能作为时限。请填大于 0 的整天数，或以四分之一为最小单位的小时数。
row-deadline-soon = “{ $column }”列：{ $examples } 不是可用的比例。请填 0 与 1 之间的数，如 0.25，或留空。
row-deadline-twice = 文件中有两行针对同一类别、严重程度和阶段。请保留其中一行。
row-deadline-coming = 同一类别、严重程度和阶段已有一行将在以后生效。请先在时限表中停用该行。
row-category-ambiguous = “{ $column }”列：有多个类别都叫 { $examples }。请填写类别代码。
deadlines-written = 已将 { $rows } 行写入 { $out }。修改后请输入：wangge deadlines import { $out } --jurisdiction 代码 --dry-run
deadlines-template-written = 已写入 { $out }。填写后请输入：wangge deadlines import { $out } --jurisdiction 代码 --dry-run
deadlines-imported = 时限表：新增 { $added } 行，更改 { $replaced } 行，不变 { $unchanged } 行，停用 { $ended } 行。
deadlines-checked = 已检查，未写入：将新增 { $added } 行，更改 { $replaced } 行，不变 { $unchanged } 行，文件中没有的 { $missing } 行。
deadlines-missing = 有 { $missing } 行现行时限不在文件中，将保持不变。如需停用，请加 --end-missing。
help-deadlines = 以 Excel 或 CSV 管理时限表。
help-deadlines-import = 导入时限表：要么全部导入，要么完全不变。
help-deadlines-import-more = 同一类别、严重程度、阶段的行将被替换；重复导入同一文件不会再有变化。正在计时的事件仍按开始时的时限。
help-deadlines-import-file = Excel 或 CSV 文件；用“wangge deadlines template”生成空白表。
help-deadlines-import-jurisdiction = 所属机构的代码，如 410102。
help-deadlines-import-reason = 更改事由，记入历史；不填则用文件名。
help-deadlines-import-dry-run = 只检查并说明将有哪些更改，不写入。
help-deadlines-import-end-missing = 停用文件中没有的行。
help-deadlines-import-json = 输出 JSON。
help-deadlines-export = 导出现行时限表，可修改后再导入。
help-deadlines-export-out = 要写入的文件：.xlsx 或 .csv。
help-deadlines-export-jurisdiction = 所属机构的代码，如 410102。
help-deadlines-template = 生成供填写的空白表。
help-deadlines-template-out = 要写入的文件：.xlsx 或 .csv。
deadlines-file-too-large = 文件超过 { $limit } MB。时限表远小于此：请检查文件是否正确。
