photo-empty = 文件是空的。请重新选择照片；如果照片存放在云相册中，请先下载到手机。
photo-too-large = 一张照片最大 { $most_mb } MB。请按手机的普通尺寸发送，不要发送原图。
photo-too-many-pixels = 一张照片最多 { $most } 百万像素。请用手机的普通分辨率拍摄或发送。
photo-too-small = 图片只有 { $width } × { $height } 像素，看不清任何内容。请换一张。
photo-format = 这不是能读取的照片（JPEG、PNG、WebP 或 HEIC）{ $found ->
    [none] { "" }
   *[other] ，而是 { $found }
  }。请用手机拍照，或把图片另存为 JPEG。
photo-damaged = 照片已损坏，或在传输中被截断。请重新发送；如果仍然不行，请重新拍摄。
photo-not-found = 没有您可以查看的照片 { $id }。
photo-file-missing = 照片文件夹中缺少图片 { $name }。请从该文件夹的备份中恢复。
photo-unknown = 照片 { $id } 不能使用：不是由本账号发送的、已经用过，或等待太久。请重新发送。
photos-too-many = 一个事件最多 { $most } 张照片，现有 { $have } 张。请少选几张。
judge-reopened-enough = 此事件已重新办理 { $most } 次。请致电答复您的中心，或把现在的问题作为新事件上报。
photos-waiting-all = 等待使用的照片已达上限。请先不带照片上报，或一小时后再试。
photos-waiting = 已有 { $most } 张照片发送后尚未用于上报。请先使用它们，或等待系统清除。
photo-link-invalid = 照片链接已过期或被改动。请重新加载页面。
phone-invalid = “{ $given }”不是电话号码。请填写 5 至 15 位数字，例如 138 0000 0000 或 0371-6789 0123，或不填。
seal-invalid = 内容已过期或被改动。请重新加载页面，再做一次上一步。
office-key-unreadable = { $name } 不是本单位的密钥，或无法读取。请从备份中恢复，或删除它以便生成新的密钥：此前发出的查询码将失效。
channel-refused = 坐席未受理此上报：{ $reason }
channel-half-a-place = 位置由经度和纬度组成。请同时提供，或都不提供而填写地址。
channel-category-needed = 带坐标的上报必须有类别（GET /api/v1/categories 中的代码）。没有坐标时可以等待补充。
channel-report-not-found = 本渠道没有编号为 { $ref } 的上报。
unlocated-not-found = 没有等待定位的上报 { $id }。
unlocated-settled = { $by } 已处理此上报。请重新加载列表。
supplement-closed = 事件 { $serial } 已结案。如果问题再次出现，请重新上报，或申请重新办理该事件。
source-ref-taken = 编号 { $ref } 已属于另一条上报。请按该编号查询。
channel-without-organisation = 渠道账号必须属于一个机构，以便其坐席找到没有位置的上报。请联系管理员。
public-too-quick = 打开表单不到 { $seconds } 秒就提交了。请稍等片刻再提交。
public-machine = 填写了一个不供人填写的栏目。请将其留空后重新提交。
follow-unknown = 没有与此编号和查询码相符的事件。请核对上报后页面上显示的编号和查询码。
photos-busy = 正在处理的照片较多。请稍后重新发送。
judge-not-reporter = 只有最先上报此事的人可以评价结果；您的上报是后来并入的。
