# 方案与时间：发布、发布所移动的内容，以及何时何者生效。
no-plan-then = { $at } 时没有生效的划分方案。请询问更晚的时刻；`GET /api/v1/plans` 列出各方案的生效时间。
plan-former-changed = 自方案 { $expected } 之后已有别的方案生效，方案 { $id } 原应接替前者。请重新查看预演，再发布。
publish-not-now = 方案在发布之时生效，不能在 { $at } 生效。请不要给出时刻；只有一个辖区的第一个方案可以从过去起生效。
hand-over-not-found = 没有移交记录 { $id }。
hand-over-not-theirs = 移交记录 { $id } 既不是由人员 { $person } 移出，也不是移交给此人的。只有这两方可以标为已读。
