# 谁负责、边界附近、谁不在岗。
choice-not-offered = 网格 { $code } 不可用于此事件：它不是最近的相邻网格，或距离太远。如位置有误，请移动图钉。
incident-changed = 事件 { $id } 刚被他人更改。请重新查看后再决定。
incident-closed = 事件 { $id } 已结案；其位置和责任人保持处置时的原样。
person-not-found = 本辖区没有人员 { $id }。
absence-twice = { $name } 在此期间已有请假记录。请先结束原记录，或改用其他日期。
absence-not-found = 此处没有可结束的请假记录 { $id }：它已结束，或属于其他辖区。
duty-twice = 网格 { $grid } 在此时段已有人值班。请先结束原班次，或改用其他时段。
duty-not-found = 此处没有可结束的班次 { $id }：它已结束，或属于其他辖区。
substitute-is-absent = 本人不能代理本人。请另选代理人，或将代理人留空。
help-posts = 岗位与在岗情况。
help-posts-vacant = 列出空缺岗位、空缺起始时间和目前的代管人。
help-posts-vacant-jurisdiction = 机构代码，如 410102。
help-posts-vacant-at = 查询此时刻而非现在；按机构所在时区。
help-posts-vacant-json = 输出 JSON。
table-post = 岗位
table-why = 原因
table-since = 起始
table-last-holder = 前任
table-answers = 目前由谁负责
posts-vacant = 空缺
posts-away = 请假无人代理
posts-nobody = 无人
posts-vacant-count = { $count ->
    [0] 所有岗位均已配齐。
   *[other] 有 { $count } 个岗位空缺。
 }
post-lead = 网格长
post-director = 主任
post-secretary = 书记
post-leader = 分包领导
post-officer = 民警
post-first-responsible = 第一责任人
