# 周报和月报
bulletin-not-found = 没有编号为 { $id } 的通报，或者您无权查看。请打开通报列表，查看您可以看的通报。
bulletin-not-over = 从 { $first } 开始的周期还没有结束。请选择已结束的周期。
bulletin-not-made = 从 { $first } 开始的周期还没有第一版通报。请先生成，不必填写原因。
bulletin-made-already = 从 { $first } 开始的周期已有通报。请说明重新生成的原因。
bulletin-file-not-ready = 文件正在生成，稍后即可下载。如果一直没有，请查看后台任务的日志。
bulletin-no-area = 本辖区没有街道 { $code }。请从列表中选择。
bulletin-of-area = 您只能查看一个街道：请生成 { $code } 的通报。
bulletin-first-day = { $first } 不是一周（周一）或一月（一日）的开始。请给出周期的第一天。

bulletin-title-week = 周通报
bulletin-title-month = 月通报
bulletin-period = { $first } 至 { $last }
bulletin-edition = 第 { $edition } 版：{ $reason }
bulletin-synthetic = 模拟数据：本通报的内容均为虚构。
bulletin-made = 生成于 { $at }，以当时的案件状态为准
bulletin-page = 第 { $number } 页

bulletin-found = 上报
bulletin-due = 应结
bulletin-closed = 结案
bulletin-on-time = 按期结案
bulletin-reopened = 重新打开
bulletin-overdue = 超期未结
bulletin-median = 办理时长中位数
bulletin-closure-rate = 结案率
bulletin-on-time-rate = 按期结案率
bulletin-sum = 合计
bulletin-category = 类别
bulletin-place = 地区
bulletin-department = 部门
bulletin-rank = 名次
bulletin-fair = 可比率
bulletin-interval = 也可能是
bulletin-days = { $days } 天
bulletin-hours = { $hours } 小时
bulletin-none = 无

bulletin-says-found = 共上报 { $found } 件，{ $change ->
    [more] 比上一周期多 { $by } 件
    [fewer] 比上一周期少 { $by } 件
   *[same] 与上一周期持平
 }。
bulletin-says-none = 没有上报的案件。
bulletin-says-due = 应结 { $due } 件，已结 { $closed } 件（结案率 { $closure_rate }），其中按期结案 { $on_time } 件（按期结案率 { $on_time_rate }）。
bulletin-says-nothing-due = 没有到期应结的案件。
bulletin-says-overdue = 超期未结 { $overdue } 件。
bulletin-says-none-overdue = 没有超期未结的案件。
bulletin-says-rise = { $category }增加最多，从 { $before } 件增至 { $found } 件。
bulletin-says-hotspots = 有 { $count } 处案件多于偶然；最突出的是{ $where }，为应有数量的 { $times } 倍。
bulletin-says-no-hotspots = 没有案件多于偶然的地方。
bulletin-says-behind = 在相同案件构成下，确实落后的是：{ $names }。
bulletin-says-none-behind = 没有确实落后的：差别都在案件数量所能说明的范围之内。

bulletin-key-figures = 主要指标
bulletin-by-category = 分类别
bulletin-by-place = 分地区（按可比按期结案率从高到低）
bulletin-by-department = 分部门
bulletin-trend = 上报与结案
bulletin-map = 案件多于偶然的地方
bulletin-hotspot = { $number }. { $where }：{ $count } 件，应有 { $expected } 件，为 { $times } 倍（p = { $p }）
bulletin-how = 统计口径
bulletin-how-rates = 结案率 = 结案 / 应结，按期结案率 = 按期结案 / 应结。期限落在本周期内的案件为应结，不论何时结案：超期未结的案件在两个比率中都算未完成。合计是案件之和，比率从不取平均。
bulletin-how-rank = 可比率是该地区在全体案件构成下应有的比率；名次按可比率排列，并列出在 95 % 的可能性下也可能是的名次。
bulletin-how-hotspots = 每处与其自身的过去比较（Getis-Ord Gi*，错误发现率 5 %）。
bulletin-query = 每个数字都链接到相应的案件。
bulletin-no-links = 要让数字链接到案件，请在服务器上设置 WANGGE_PAGE_URL。
bulletin-north = 北
bulletin-scale = 1 : { $scale }
bulletin-sheet-category = 分类别
bulletin-sheet-place = 分地区
bulletin-sheet-department = 分部门
bulletin-sheet-trend = 趋势
bulletin-sheet-hotspots = 热点
bulletin-lon = 经度（WGS 84）
bulletin-lat = 纬度（WGS 84）
bulletin-radius = 半径（米）
bulletin-expected = 应有
bulletin-none-of-them = 未归入
