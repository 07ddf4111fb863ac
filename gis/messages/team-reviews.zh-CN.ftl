# 群众工作队年终三三考核：述职、评议、通报
team-review-not-found = 这里没有编号为 { $id } 的年度考核，或由他人办理。请从年度列表中选择。
team-review-not-published = 编号为 { $id } 的年度考核没有通报过这一版。请从年度列表中选择已通报的版本。
team-review-year = 只能考核 { $first } 年至 { $last } 年。请改选年度。
team-review-open = { $year } 年的考核已经开始。请从年度列表中打开。
team-review-changed = { $year } 年的考核在您打开之后又有改动。请重新载入，核对后再通报。
team-review-empty = { $year } 年的考核里还没有工作队。请先添加工作队。
team-review-incomplete = “{ $team }”还不能通报：{ $missing ->
    [report-sending-unit] 没有向派驻单位述职
    [report-sub-district] 没有向街道党工委述职
    [report-assembly] 没有向居民（联户）代表大会述职
    [votes-sub-district] 没有街道班子的有效票
    [votes-community] 没有社区（村）两委的有效票
    [votes-households] 没有居民（联户）代表的有效票
    [quorum-sub-district] 街道班子到会人数不足
    [quorum-community] 社区（村）两委到会人数不足
   *[other] 居民（联户）代表到会人数不足
 }{ $others ->
    [0] {""}
   *[other] ，另有 { $others } 项未完成
 }。请补齐，或说明理由后将该队排除。
team-review-same = 第 { $edition } 版通报之后没有改动。无需再次通报。
team-reason-needed = 更正以前的记录，或结果已经通报，请说明原因。
work-team-not-found = 这里没有编号为 { $id } 的工作队，或由他人办理。请从考核中选择。
team-changed = “{ $team }”在您打开之后被他人改动，您的修改没有保存。请重新载入后再改。
team-left-out = “{ $team }”已被排除在本年度考核之外。如需修改，请先恢复。
team-name-taken = 本年度考核里已有工作队“{ $name }”。请改用别的名称。
team-sender = 请从本辖区或上级的部门中选择派驻单位；名录里没有的，请填写单位名称。
team-sub-district = 请选择本辖区内的一个街道。
team-communities = 请选择该街道的社区（村）。
team-day = 日期应在 { $first } 至 { $last } 之间。请核对日期。
team-report-empty = 请填写述职内容，或附上述职报告文件。
team-report-kind = 不能接收“{ $file }”。请使用 { $kinds } 格式且未损坏的文件。
team-report-too-large = 文件超过 { $limit } MB。请压缩后再上传。
team-report-file-not-found = 这里没有编号为 { $id } 的述职报告文件。请重新载入页面。
team-nothing-there = 没有可以撤回的记录。请重新载入页面。
team-called-by = 请填写召集评议会的考核组。
team-votes-negative = { team-judge } 的应到人数至少为 1，其他人数和票数不能为负。
team-votes-present = { team-judge } 应到 { $invited } 人，实到不能是 { $present } 人。请核对人数。
team-votes-too-many = { team-judge } 实到 { $present } 人，却有 { $ballots } 张票。请核对票数。
team-judge = { $side ->
    [sub-district] 街道班子
    [community] 社区（村）两委
   *[other] 居民（联户）代表
 }
team-rule-weights = 三方权重都要大于 0，合计为 100。请修改权重。
team-rule-points = 各等次的分值应在 0 至 100 之间，并从优秀到较差依次降低。请修改分值。
team-rule-results = 优秀、良好、一般的分数线应大于 0、不超过 100，并依次降低。请修改分数线。
team-rule-quorum = 法定到会比例应在 0 与 1 之间。请修改比例。
team-rule-voted = { $year } 年已有评议票，仍按投票时的规则计算。请让新规则从以后的年度起执行。
notice-team-review-published = { $year } 年群众工作队考核结果已通报{ $reason ->
    [none] {""}
   *[other] （第 { $edition } 版：{ $reason }）
 }

team-sheet-title = { $name } { $year } 年群众工作队年终考核结果
team-sheet-published = { $at } 由 { $by } 通报{ $reason ->
    [none] {""}
   *[other] ，第 { $edition } 版：{ $reason }
 }
team-sheet-synthetic = 演示数据：本表内容均为虚构。
team-sheet-result = 考核结果
team-sheet-votes = 评议票数
team-sheet-reports = 述职情况
team-sheet-told = 通报对象和算法
team-sheet-rank = 名次
team-sheet-might-be = 可能名次
team-sheet-team = 工作队
team-sheet-sending-unit = 派驻单位
team-sheet-sub-district = 所驻街道
team-sheet-communities = 所驻社区（村）
team-sheet-leader = 队长
team-sheet-members = 队员
team-sheet-score = 得分
team-sheet-low = 区间下限
team-sheet-high = 区间上限
team-sheet-grade = 等次
team-sheet-points-of = { $side ->
    [sub-district] 街道班子
    [community] 社区（村）两委
   *[other] 居民（联户）代表
 }评分
team-sheet-side = 评议方
team-sheet-held-on = 评议日期
team-sheet-called-by = 召集的考核组
team-sheet-side-sub-district = 街道班子
team-sheet-side-community = 社区（村）两委
team-sheet-side-households = 居民（联户）代表
team-sheet-invited = 应到
team-sheet-present = 实到
team-sheet-void = 无效票
team-sheet-excellent = 优秀
team-sheet-good = 良好
team-sheet-fair = 一般
team-sheet-poor = 较差
team-sheet-report-sending-unit = 向派驻单位述职
team-sheet-report-sub-district = 向街道党工委述职
team-sheet-report-assembly = 向居民（联户）代表大会述职
team-sheet-recipient = 通报对象
team-sheet-as-what = 类别
team-sheet-reached = 送达方式
team-sheet-sub-districts = 街道
team-sheet-senders = 派驻单位
team-sheet-teams = 工作队
team-sheet-by-account = 系统通知
team-sheet-by-paper = 送交本表
team-sheet-left-out = 未参加排名：{ $team }（{ $reason }）
team-sheet-weight = { $side ->
    [sub-district] 街道班子
    [community] 社区（村）两委
   *[other] 居民（联户）代表
 }权重：{ $weight }%
team-sheet-worth = 每张{ $grade ->
    [excellent] 优秀
    [good] 良好
    [fair] 一般
   *[other] 较差
 }票：{ $points } 分
team-sheet-quorum = 到会人数不少于应到人数的 { $part }/{ $whole } 方为有效
team-sheet-how-score = 得分：各方票数按等次折算平均分，再按权重合计。
team-sheet-how-interval = 区间：票数越少，偶然性越大；若有更多同类人员投票，得分有 95% 的把握落在区间内。
team-sheet-how-rank = 名次按得分（两位小数），同分同名次，其后名次空出；“可能名次”之间的差别可能只是偶然。
