# 事件流转:一个步骤为什么不能办。
step-unknown = “{ $action }”不是案件的步骤。案件本身列出了可办的步骤（actions）。
step-needs-reason = 请说明理由：这一步需要理由。
step-needs-result = 请说明办了什么：这一步需要处置结果。
step-needs-photo = 这一类别的案件处置时要有照片，请至少添加一张。
step-needs-until = 请说明到什么时候。
step-needs-satisfaction = 请选择满意程度：满意、基本满意或不满意。
step-needs-verdict = 请说明核查结果：属实或不属实，通过或不通过。
step-needs-target = 请说明案件派往哪里。
step-needs-parts = 请指明协办部门。
step-needs-part = 本案有多个协办部门，或者没有协办部门：请指明是哪一个。
step-until-past = 该时刻已过，请选择以后的时间。
step-role = 您的角色不能办这一步，需由其他角色办理；管理员可以告知是谁。
step-not-in-hand = 案件不在您手上，您所在的调度台也不在其上级。请看现在由谁负责。
step-by-handler = 处置人不能核查自己处置的案件，请由他人核查。
step-not-above = 须由申请人的上级决定，请报上一级或领导。
step-not-now = 现在不能办这一步：案件{ $stage ->
    [collected] 尚未立案
    [registered] 已立案，等待派遣
    [dispatched] 正在处置
    [handled] 已处置，等待反馈
    [fed_back] 已反馈，等待核查
    [closed] 已结案
   *[evaluated] 已结案并评价
 }。请重新查看：可能已有人办理。
step-parked = 案件已挂账，请先恢复。
step-not-parked = 案件没有挂账。
step-refuted = 现场核实与所报情况不符。请不予立案，或再次核实。
step-parts-open = 协办部门尚未办完。请等待，或重新派遣。
step-asked-already = 本案已有申请，尚未审批。
step-asked-past = 所申请的时间已经过去。请予退回；可以用更晚的时间重新申请。
step-nothing-asked = 本案没有这种申请。
step-at-top = 案件已在最高一级。
step-main-open = 本事件已并入另一件尚未办结的事件，请等主事件结案后再评价。
step-accepted = 案件已经签收。
steps-too-many = 一次选的案件太多，最多 { $most } 件。
steps-twice = 同一案件被选了两次。
target-unknown = 案件不能派往那里：{ $id } 既不是本辖区认识的机构，也不是在本辖区任职的人员。
target-twofold = 请只指定一个接收者：机构或人员；每个协办部门只写一次。
target-lead-part = 主办单位不能同时是协办单位。请从协办单位中去掉它，或另选主办单位。
merge-itself = 案件不能并入自身。
merge-dismissed = 对方案件本身已不予立案或已合并，请选择继续办理的那一件。
merge-closed = 主事件已经结案。若确为同一件事，请先重启主事件；否则请单独办理本事件。
category-prefix = “{ $category }”不是类别代码，也不是类别代码的开头。
