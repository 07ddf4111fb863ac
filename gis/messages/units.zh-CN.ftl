# 步骤
units-step-reading = 读取文件
units-step-blocks = 由街道切分街区
units-step-splitting = 拆分过大的单元
units-step-checking = 检查单元

# 错误
units-no-streets = 既没有街道也没有边界。请给出 --streets，或用 --boundary 生成 H3 单元。
units-no-blocks = 街道没有围成任何街区。请检查文件是否正确，或给出 --boundary。
units-no-parent = 边界没有列“{ $column }”。请检查 --parent 和 --boundary。
units-not-a-coverage = 切分后的单元有重叠或空隙。这是程序的错误，请连同输入文件一起报告。
units-option-negative = { $name } 的值是 { $value }，必须大于 0。
units-h3-resolution = 没有 H3 分辨率 { $value }，范围是 0 到 15。
units-too-many-cells = H3 分辨率 { $resolution } 约有 { $cells } 个单元，上限是 { $limit }。请输入 --h3-resolution { $coarser } 或缩小边界。
boundary-row-empty = 边界中有 { $count } 个多边形没有自己的面积（第 { $rows } 行），已被前面的行覆盖。请删除重复的多边形。

# 结果
boundary-overlap = 边界多边形有 { $count } 处重叠（{ $area_m2 } 平方米），已归入其中的第一个。
boundary-seams = 边界多边形之间有 { $count } 处细缝（{ $area_m2 } 平方米），已合拢。
units-slivers-joined = 有 { $count } 个狭小碎片并入相邻单元。
units-slivers-alone = 有 { $count } 个狭小碎片没有相邻单元。
units-split = 已拆分超限的单元，增加 { $count } 个单元。
units-over-limit = 有 { $count } 个单元超限且无法再拆（单栋建筑或单个地点人口过多，或拆分后过于狭小），最多为上限的 { $times } 倍：{ $ids }。
units-no-people = 人口未知，所有单元人口为 0。请给出 --population，或带 pop 列的建筑。
units-all-empty = 给出的人口合计为 0。
units-people-outside = 有 { $people } 人住在单元之外，未计入。
units-streets-elsewhere = 边界内没有街道，边界的每个多边形成为一个单元。请检查两者的坐标系。

# 命令
units-built = { $units } 个单元，{ $people } 人，{ $area_km2 } 平方千米，用时 { $seconds } 秒：{ $path }
