# 结案指标与排名
closure-window = 时间段的结束早于开始，请给出更晚的结束时间。
closure-groups = 案件与所列的 { $groups } 个分组不对应。请为每个案件给出一个从 0 起的分组号，不属于任何组的填 -1。
ranking-counts = 这些计数无法排名。请为每个单位一行、每个类别一列，办好的件数不得多于总件数。

closure-periods = 时段超过 { $most } 个。请选择更长的时段或更短的时间范围。
closure-sheet = 结案统计
closure-sheet-about = 统计口径
closure-sum = 合计
closure-code = 编码
closure-by-category = 类别
closure-by-subcategory = 小类
closure-by-level1 = 街道
closure-by-level2 = 社区
closure-by-level3 = 基础网格
closure-by-organisation = 机构
closure-by-department = 部门
closure-by-person = 责任人
closure-by-source = 来源
closure-by-day = 日期
closure-by-week = 周（起始日）
closure-by-month = 月（起始日）
closure-none-grid = 网格之外
closure-none-other = 无
closure-source-patrol = 网格巡查
closure-source-public-report = 群众举报
closure-source-hotline-12345 = 12345 热线
closure-source-hotline-110 = 110 转办
closure-source-department = 部门交办
closure-source-sensor = 传感器
closure-found = 发现
closure-due = 应结案
closure-closed = 已结案
closure-on-time = 按期结案
closure-reopened = 重新办理
closure-overdue = 超期未结
closure-median-h = 结案用时中位数（小时）
closure-closure-rate = 结案率
closure-closure-low = 结案率下限（95%）
closure-closure-high = 结案率上限（95%）
closure-closure-fair = 结案率（同等类别结构）
closure-on-time-rate-rate = 按期结案率
closure-on-time-rate-low = 按期结案率下限（95%）
closure-on-time-rate-high = 按期结案率上限（95%）
closure-on-time-rate-fair = 按期结案率（同等类别结构）
closure-on-time-rate-rank = 名次
closure-on-time-rate-rank-low = 名次最好可能
closure-on-time-rate-rank-high = 名次最差可能
closure-on-time-rate-apart = 与应有水平相比
closure-above = 高于
closure-below = 低于
closure-from-the-first = 最早的事件
closure-until-now = 现在
closure-about-window = 时间范围
closure-about-as-of = 统计时点
closure-about-resting = 到期前已挂账，挂账期间不到期
closure-about-undated = 未设时限，不计入比率
closure-about-rejected = 不予立案，不计入
closure-about-merged = 已合并，不计入
closure-about-dismissed-late = 不予立案或合并时已超期
closure-explained =
    结案率 = 已结案 / 应结案。按期结案率 = 按期结案 / 应结案：超期未结的事件在两项中都计为未完成。
    应结案指整件时限落在所选时间范围内的事件，与何时上报、何时结案无关。
    已经超期的始终算超期：此后的挂账、延期或重新办理都不改变。
    不予立案和已合并的事件不计入，数量列于上方。
    「同等类别结构」指假设各地的类别构成与全体相同时应达到的比率。
    「最好可能」与「最差可能」之间的名次，凭现有件数分不出高下。
