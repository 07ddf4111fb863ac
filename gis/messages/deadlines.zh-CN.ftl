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
