# 方案与时间：发布、发布所移动的内容，以及何时何者生效。
no-plan-then = { $at } 时没有生效的划分方案。请询问更晚的时刻；`GET /api/v1/plans` 列出各方案的生效时间。
plan-former-changed = 自方案 { $expected } 之后已有别的方案生效，方案 { $id } 原应接替前者。请重新查看预演，再发布。
publish-not-now = 方案在发布之时生效，不能在 { $at } 生效。请不要给出时刻；只有一个辖区的第一个方案可以从过去起生效。
hand-over-not-found = 没有移交记录 { $id }。
hand-over-not-theirs = 移交记录 { $id } 既不是由人员 { $person } 移出，也不是移交给此人的。只有这两方可以标为已读。
hand-over-choice-ended = 调度员此前选定的{ $before_place }，在新方案中已不在事发地点附近。
hand-over-note = 方案 { $plan } 生效时，{ $serial } 由{ $before_person }（{ $before_place }）移交{ $after_person }（{ $after_place }）。
publish-more = ……另有 { $count } 件；--json 列出全部。
publish-tried = 方案 { $id } 将移交 { $open_incidents } 件未结事件中的 { $incidents_moved } 件，涉及 { $people_moved } 人；{ $grids_reshaped } 个网格改变形状，新增 { $grids_new } 个，撤销 { $grids_gone } 个；{ $posts_ended } 个岗位终止。尚未作任何更改：请用 `wangge plan publish { $id }` 发布。
publish-done = 方案 { $id } 已生效：{ $open_incidents } 件未结事件中移交 { $incidents_moved } 件，并已通知双方；{ $people_moved } 人更换网格；{ $grids_reshaped } 个网格改变形状，新增 { $grids_new } 个，撤销 { $grids_gone } 个；{ $posts_ended } 个岗位终止。
help-plan-publish = 使已存的草案生效，并移动随之而动的一切；或只说明将移动什么。
help-plan-publish-more = 未结事件归新方案下其所在地的负责人；已结事件不动。退出码 0；方案不能发布时为 1（不作任何更改）。
help-plan-publish-plan-id = 已存草案的编号。
help-plan-publish-dry-run = 只说明将移动什么，不作更改。
publish-busy = 正在按现行方案分派事件或导入数据，等候已超过 { $seconds } 秒，因此方案未发布，未作任何更改。请在导入结束后再发布。
plan-without-grids = 方案 { $id } 还没有网格。请先划分网格再发布。
