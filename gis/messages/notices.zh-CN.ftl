# 页面与邮件中的通知。{ $serial }、{ $title } 为案件编号与标题。
notice-sent = { $serial }{" "}{ $title } 已派给您{ $task ->
    [verify_report] ：请到现场核实
    [feed_back] ：请反馈结果
    [verify_result] ：请核查结果
   *[other] {""}
 }
notice-returned = { $serial }{" "}{ $title } 被退回{ $reason ->
    [none] {""}
   *[other] ：{ $reason }
 }
notice-escalated = { $serial }{" "}{ $title } 已上报给您{ $reason ->
    [none] {""}
   *[other] ：{ $reason }
 }
notice-due-soon = { $serial }{" "}{ $title } 即将到期
notice-overdue = { $serial }{" "}{ $title } 已超期
notice-approval-asked = { $serial }{" "}{ $title } { $asked ->
    [park] 申请挂账至 { $until }
   *[other] 申请延期至 { $until }
 }{ $reason ->
    [none] {""}
   *[other] ：{ $reason }
 }
notice-approval-decided = { $serial }{" "}{ $title } 的{ $asked ->
    [park] 挂账
   *[other] 延期
 }申请{ $decision ->
    [granted] 已批准
   *[other] 未批准
 }{ $reason ->
    [none] {""}
   *[other] ：{ $reason }
 }
notice-supervised = { $serial }{" "}{ $title } 被督办，限 { $until } 前办结{ $reason ->
    [none] {""}
   *[other] ：{ $reason }
 }
notice-supervision-over = { $serial }{" "}{ $title } 督办期限已过，仍未办结
notice-reopened = { $serial }{" "}{ $title } 已重新打开{ $reason ->
    [none] {""}
   *[other] ：{ $reason }
 }
notice-rejected = { $serial }{" "}{ $title } 不予立案{ $reason ->
    [none] {""}
   *[other] ：{ $reason }
 }
notice-merged = { $joined ->
    [yes] { $main } 已并入您的案件 { $serial }{" "}{ $title }
   *[other] { $serial }{" "}{ $title } 已并入 { $main }
 }
notice-handed-over = { $from } 的 { $count } 件未结案件现由您负责
notice-emergency = 紧急：{ $serial }{" "}{ $title }
notice-whistle-called = { $caller } 吹哨：请{ $serial ->
    [none] {""}
   *[other] 就 { $serial }{" "}
 }于 { $until } 前报到{ $place ->
    [none] {""}
   *[other] ，地点 { $place }
 }{ $purpose ->
    [none] {""}
   *[other] ：{ $purpose }
 }
notice-whistle-arrived = 吹哨各部门均已报到{ $serial ->
    [none] {""}
   *[other] （{ $serial }）
 }{ $purpose ->
    [none] {""}
   *[other] ：{ $purpose }
 }
notice-whistle-absent = { $department } 逾期未报到（限 { $until }）{ $serial ->
    [none] {""}
   *[other] ，{ $serial }
 }{ $purpose ->
    [none] {""}
   *[other] ：{ $purpose }
 }
notice-diary-missing = { $place }{ $count ->
    [1] {""}
   *[other] 等 { $count } 个网格
 }{ $day } 的民情日志还没有写
notice-diary-check-due = { $place } { $day } 的民情日志待检查：{ $count } 个网格
notice-kind-unknown = “{ $kind }”不是通知种类。请从设置页列出的种类中选择。
notice-not-found = 您的收件箱中没有这条通知，它可能属于他人。
notice-hidden = 此通知所涉案件已不在您的查看范围内，如需了解请联系现负责的平台。
mail-several = 网格平台有 { $count } 条通知
mail-more = ……另有 { $count } 条，请打开页面查看全部。
mail-test = 这是一封测试邮件：您可以收到网格平台的邮件。
mail-footer = 由网格平台（Wangge）发送。哪些通知发邮件，请在“我的通知”页面选择。
mail-address = 这不是可以投递的邮件地址。请按 name@example.org 的形式填写。
mail-off = 本系统未设置邮件服务器。请管理员设置 WANGGE_SMTP_HOST 与 WANGGE_MAIL_FROM。
web-hook-url = 请填写以 http:// 或 https:// 开头的完整地址，地址中不要带用户名。
web-hook-address = 网络回调不得调用 { $address }。请填写对方系统的地址；确需调用的，请服务器管理员在 WANGGE_WEB_HOOK_NETWORKS 中放行该网段。
web-hook-networks = WANGGE_WEB_HOOK_NETWORKS 中的“{ $word }”既不是可用的词（public、private、loopback、link-local），也不是 10.20.0.0/16 这样的网段。
web-hook-not-found = 您的辖区内没有编号为 { $id } 的网络回调。
delivery-not-found = 投递 { $id } 未被放弃，或不在此列表中，请刷新列表。
