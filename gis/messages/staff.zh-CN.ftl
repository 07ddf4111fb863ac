# 机构、人员、岗位、联系分包、离任
organisation-not-found = 本辖区没有机构 { $id }。
organisation-code-taken = 编码 { $code } 已属于其他机构。编码不重复使用，请另选。
organisation-code-wrong = { $digits ->
    [0] “{ $code }”不是部门编码。请使用字母、数字和连字符，如 410102-D01。
   *[other] “{ $code }”不是该类机构的编码：应为 { $digits } 位数字，以上级机构编码开头。
  }
organisation-parent-unknown = 本辖区没有 { $of } 可隶属的机构 { $code }。请先建立该机构，或改正编码。
organisation-parent-wrong = 按编码 { $code } 隶属 { $parent }，而不是 { $given }。请改正其一。
organisation-parent-fixed = { $code } 的隶属由编码决定。请撤销该机构，并以新编码建立。
organisation-changed-then = 该机构在此时间已有其他变更。请另选时间。
organisation-closed = { $code } 已撤销。请另选机构，或通过变更恢复该机构。
organisation-into-itself = 机构不能并入自身。请另选。
organisation-not-empty = 不能撤销 { $code }：仍有 { $children } 个下属机构、{ $people } 名人员，且有 { $plans } 个方案正在执行。请先调整，或指明并入的机构。
person-changed-then = { $name } 在此时间已有其他变更。请另选时间。
person-has-left = { $name } 届时已离任。请另选他人，或先撤回离任。
person-known = { $name }（{ $phone }）已登记。如为另一人，请填写不同的电话。
staff-number-taken = 工号 { $number } 属于 { $name }。请改正或留空。
staff-past = 变更自现在起生效，不改写过去。请将时间留空表示“现在”，日期可写入事由。
change-nothing = 与已有记录相同。请修改内容，或离开表单。
change-coming = 已记录 { $at } 的变更。请选择更晚的时间。
post-grid-unknown = 现行方案中没有网格 { $code }。请按方案填写编码。
post-role-unknown = 该级网格没有岗位“{ $role }”，可选：{ $known }。
post-seat-unknown = 没有第 { $seat } 席：该岗位共 { $seats } 席。
post-full = 该时段内此岗位 { $seats } 席均已有人。请接替其中一人，或另选时间。
post-taken = { $name } 自 { $since } 起担任此岗位（至 { $until }）。请接替此人，或另选时间。
post-held-already = { $name } 在该时段已担任网格 { $grid } 的此岗位。
post-not-found = 现行方案中没有岗位记录 { $id }。
post-ended = 岗位记录 { $id } 届时已结束。请刷新页面查看现任。
attachment-not-found = 没有现行或将生效的联系分包记录 { $id }。
attachment-organisation-missing = 此人没有所属机构。请指明是哪个机构的领导。
attachment-not-below = { $target } 不在 { $code } 之下。领导只能分包或联系下级单位。
attachment-target-unknown = 没有机构或网格 { $target }。请从机构树或方案中取编码。
attachment-taken = 该时段由 { $name } 分包 { $target }。请接替此人，或选择“联系”“蹲点”。
attachment-twice = 此人在该时段已联系分包 { $target }。
leave-to-self = 接任者必须是他人。
leave-needs-keeper = 此人负责兜底队列，队列不得无人负责。请指定接任者。
departure-not-found = 没有离任记录 { $id }。
departure-undone = 离任记录 { $id } 此前已取消或撤回。
departure-failed = 该离任未能执行，系统每十分钟重试一次。请联系系统管理员查看日志。
hand-over-note-back = 交接已撤回，{ $serial } 由{ $before_person }（{ $before_place }）退还{ $after_person }（{ $after_place }）。
hand-over-note-leave = { $before_person }交接时，{ $serial } 由{ $before_person }（{ $before_place }）移交{ $after_person }（{ $after_place }）。
# 导入
staff-template-sheet-organisations = 机构
staff-template-sheet-people = 人员
staff-template-sheet-posts = 岗位
staff-template-sheet-attachments = 联系
staff-template-sheet-help = 填写说明
staff-template-help =
    按需填写各表；工作表和列可以省略。带 * 的列必填。
    机构：类型为市、区县、街道、社区或部门。机构编码说明隶属关系（4、6、9、12 位）；部门须写明所属机构的编码。
    人员：工号相同，或姓名和电话都相同的，视为同一人。填写工号后，姓名和电话可以变更。
    岗位：三级网格为网格长、指导员、协管员、参与员；二级为分包领导、书记、主任、民警；一级为第一责任人。如岗位已有他人，则自现在起接替。
    联系：方式为分包、联系或蹲点；对象写编码，其中的楼院写名称。
    日期写成 2026-05-01 或 2026-05-01 08:00，按本单位时区。留空表示自现在起、无截止。
    已有记录的内容保持不变。重复导入同一文件不会改变任何内容。
    例如，岗位：410102004001001，网格长，1，张三，000-0000-0000；联系：张三，分包，410102004001001，3号楼。
staff-step-read = 读取工作簿
staff-step-check = 检查各行
staff-step-write = 记录变更
staff-refused = { $file } 未导入任何内容：须先改正 { $count } 处错误。报告中逐一列出工作表、行、列和改法。
staff-changed-meanwhile = { $file } 未导入任何内容：其间有人变更了相同的岗位或机构。请重新导入。
staff-too-large = 文件超过 { $limit } MB，远大于人员表所需。请去掉图片和其他工作表。
staff-too-many-rows = 工作表“{ $sheet }”有 { $count } 行；一次最多 { $limit } 行。请拆分文件。
staff-no-sheet = { $file } 中没有可导入的工作表（现有：{ $found }）。请按模板命名工作表：{ $known }。
staff-file-protected = { $file } 有密码保护。请取消密码（文件、信息、保护工作簿）后重新上传。
staff-file-kind = { $file } 不是 Excel 工作簿。请另存为 .xlsx。
staff-column-missing = 工作表“{ $sheet }”缺少列“{ $column }”（现有：{ $found }）。请按模板命名各列。
staff-template-written = 已写入 { $out }。填写后请输入：wangge people import { $out } --jurisdiction 代码 --dry-run
staff-import-done = { $dry_run ->
    [true] 将记录
   *[other] 已记录
  }：机构新增 { $organisations_added }、变更 { $organisations_changed }；人员新增 { $people_added }、变更 { $people_changed }；岗位任职 { $posts_begun }、离任 { $posts_ended }；联系分包新增 { $attachments_begun }、结束 { $attachments_ended }；移交未结事件 { $cases } 件。已有记录 { $already } 行。
staff-import-missing = 文件中没有、因而保持不变的：人员 { $people } 名、岗位 { $posts } 个、联系分包 { $attachments } 条。使用 --end-missing 则自现在起结束。
staff-row-empty-cell = 工作表“{ $sheet }”：“{ $column }”为空。请填写。
staff-row-kind-unknown = 工作表“{ $sheet }”：“{ $column }”无法识别（{ $examples }）。请填写其中之一：{ $known }。
staff-row-time-unreadable = 工作表“{ $sheet }”：“{ $column }”无法识别为时间（{ $examples }）。请写成 2026-05-01 或 2026-05-01 08:00。
staff-row-time-reversed = 工作表“{ $sheet }”：“{ $column }”不晚于开始时间（{ $examples }）。请对调或改正。
staff-row-too-long = 工作表“{ $sheet }”：“{ $column }”过长（{ $examples }）。请缩短。
staff-row-repeated = 工作表“{ $sheet }”：该行与前面的行相同（{ $examples }），只计一次。
staff-row-contradicts = 工作表“{ $sheet }”：该行与前面的行矛盾（{ $examples }）。请改正或删除其一。
staff-row-organisation-unknown = 工作表“{ $sheet }”：“{ $column }”不是本辖区或本文件中的机构（{ $examples }）。请填写编码或全称，或在机构表中补充。
staff-row-organisation-wrong = 工作表“{ $sheet }”：“{ $column }”：{ $examples }
staff-row-person-unknown = 工作表“{ $sheet }”：“{ $column }”在本辖区和本文件中查无此人（{ $examples }）。请在人员表中补充。
staff-row-person-ambiguous = 工作表“{ $sheet }”：“{ $column }”有多人重名（{ $examples }）。请补充电话或工号。
staff-row-person-left = 工作表“{ $sheet }”：“{ $column }”已离任（{ $examples }）。请改正，或先撤回离任。
staff-row-number-other = 工作表“{ $sheet }”：“{ $column }”属于他人（{ $examples }）。请改正工号。
staff-row-grid-unknown = 工作表“{ $sheet }”：“{ $column }”不是现行方案的网格（{ $examples }）。请按方案填写 9、12 或 15 位编码。
staff-row-role-wrong = 工作表“{ $sheet }”：“{ $column }”不是该级网格的岗位（{ $examples }）。三级：网格长、指导员、协管员、参与员；二级：分包领导、书记、主任、民警；一级：第一责任人。
staff-row-seat-wrong = 工作表“{ $sheet }”：“{ $column }”不是该岗位的席位（{ $examples }）。留空则取下一空席。
staff-row-full = 工作表“{ $sheet }”：该岗位各席均已有人（{ $examples }）。请写明被接替者的席位，或先结束其任职。
staff-row-not-below = 工作表“{ $sheet }”：“{ $column }”不在该领导所属机构之下（{ $examples }）。请改正编码，或写明是哪个机构的领导。
staff-row-target-unknown = 工作表“{ $sheet }”：“{ $column }”不是机构或网格（{ $examples }）。请从机构树或方案中取编码。
staff-row-taken = 工作表“{ $sheet }”：该时段已有他人（{ $examples }）。请改正日期，或先结束原记录。
staff-row-from-now = 工作表“{ $sheet }”：变更自现在起生效，而非所填日期（{ $examples }）：此前由谁负责保持不变。
staff-row-change-coming = 工作表“{ $sheet }”：已记录将来的变更（{ $examples }）。请先取消。
staff-row-past-end = 工作表“{ $sheet }”：离任日期已过（{ $examples }），但记录中仍在任，因此自现在起结束。
staff-row-namesake = 工作表“{ $sheet }”：同一机构有同名人员但电话不同（{ $examples }），已按另一人登记。如为变更电话，请填写工号。
help-people = 用 Excel 导入机构、人员、岗位和联系分包。
help-people-template = 生成一份空的机构、人员、岗位、联系工作簿。
help-people-template-out = 要写入的文件：.xlsx。
help-people-import = 导入机构、人员、岗位、联系工作簿，要么全部导入，要么一行也不导入。
help-people-import-more = 变化的内容记为有日期的变更，已有记录保持不变。重复导入同一文件不会改变任何内容。
help-people-import-file = Excel 工作簿；可用“wangge people template”生成空表。
help-people-import-jurisdiction = 文件所涉机构树的机构代码，如 410102。
help-people-import-dry-run = 检查全部内容并说明将变更什么，但不写入。
help-people-import-end-missing = 结束各表中未列出的岗位和联系分包，并让人员表中未列出的人员离任。
help-people-import-json = 以 JSON 输出。
