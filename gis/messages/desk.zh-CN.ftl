# 调度台。
order-needs-open = 只有未结事件才能按期限排序。请将状态设为“open”，或按“newest”排序。
stage-unknown = 没有“{ $stage }”这一阶段。请使用七个办理阶段之一。
view-name-taken = 您已有名为“{ $name }”的视图。请换一个名称，或修改该视图。
view-not-found = 您没有编号为 { $id } 的视图；可能已被删除，或属于他人。请重新加载页面。
views-too-many = 您已保存 { $most } 个视图。请先删除不再需要的视图。
