# 登录、账号与权限。
status-401 = 未登录
status-403 = 不允许
status-429 = 请求过多
sign-in-needed = 您尚未登录。请先登录，或出示有效的令牌。
role-not-allowed = 您的账号不能执行此操作：需要以下角色之一：{ $roles }。可请管理员授权。
csrf-missing = 发出请求的页面已过期。请刷新页面后重试。
password-must-change = 请先设置您自己的密码：初始密码只用于首次登录。
role-planner = 规划员
role-dispatcher = 调度员
role-leader = 领导
role-grid-worker = 网格员
role-department = 职能部门
role-administrator = 管理员
