# 命令 `wangge` 的帮助。编号的规则见 api/cli/help.py。
help = 城市网格化管理：基本单元、均衡的网格、定位派单和网页。
help-usage = 用法：
help-word-options = [选项]
help-word-command = 命令 …
help-heading-arguments = 参数：
help-heading-options = 选项：
help-heading-commands = 命令：
help-required = 必填
help-default = 默认
help-help = 显示本页。

usage-missing = 缺少 { $name }。用法见：{ $call } --help
usage-no-such-option = 没有选项 { $name }。用法见：{ $call } --help
usage-bad-value = { $name } 的值无法理解。用法见：{ $call } --help
usage-wrong = 命令输入有误。用法见：{ $call } --help

# 多个命令共用的选项
help-json = 以 JSON 输出。
help-crs = 空间数据文件的坐标系（文件未注明时）：EPSG:4547、gcj02 等。
help-port = TCP 端口，默认 8000。
help-host = 监听地址，默认 127.0.0.1。

help-units = 基本单元：组成网格的最小地块。
help-units-build = 用道路、建筑和辖区边界划分基本单元，无缝隙、无重叠。
help-units-build-more = 退出码 0：单元已写出，报告列明修复、拒绝和存疑之处。1：某项输入或选项不可用，一句话说明原因，不写出任何内容。2：命令输入有误。
help-units-build-out = 单元写到哪里：.parquet、.gpkg、.geojson、.shp 或 .fgb。
help-units-build-streets = 道路中心线，可用 OSM PBF。不给则用 H3 六边形。
help-units-build-buildings = 建筑轮廓，最好带人口：过大的单元按楼栋拆分。
help-units-build-boundary = 辖区多边形，单元不会跨越。
help-units-build-barriers = 分隔单元的铁路、河流（线）和湖泊。
help-units-build-population = 人口：带坐标的表格、点或面图层，或 GeoTIFF 栅格。
help-units-build-population-column = 人口字段。不给则找 pop、population、人口等。
help-units-build-parent = 要保留的边界字段，如街道代码。
help-units-build-crs = 全部文件的坐标系，或某一文件的（写作“部分=名称”）：EPSG:4547、cgcs2000、gcj02、bd09 等，优先于文件自带的。部分有：streets、boundary、buildings、barriers、population。
help-units-build-layer = 文件有多个图层时选用哪个，写作“部分=名称”。
help-units-build-grids = 需要多少个基础网格：较大的单元据此拆分。
help-units-build-max-pop = 每个单元人口上限。
help-units-build-max-area-m2 = 每个单元面积上限（平方米）。
help-units-build-min-area-m2 = 小于此面积（平方米）的单元视为碎片。
help-units-build-min-width-m = 窄于此宽度（米）的单元视为碎片。
help-units-build-h3-resolution = 按此级别（0 到 15）划分 H3 六边形。
help-units-build-max-file-mb = 拒绝大于此值（MB）的输入文件。
help-units-build-report = 校验报告写到哪里。
help-units-build-as-json = 以 JSON 输出结果。

help-plan = 网格划分方案：生成、评分、对比、网格面。
help-balance = 均衡什么：pop、area、任一字段，或加权和 load=0.6*pop+0.4*area（各字段按占其合计的比例计）。
help-plan-generate = 把基本单元划分为网格：连通、均衡，边界短而清晰。
help-plan-generate-more = 输入、种子和搜索强度相同，方案就相同；未给搜索强度时由 --seconds 决定搜索多久，到时即止。按 Ctrl-C 结束搜索并写出目前最好的方案。退出码 0：在允许偏差之内。3：已写出找到的最好方案，但有网格超出允许偏差，并列出原因。1：没有写出任何内容。2：命令输入有误。
help-plan-generate-units = 基本单元：unit_id、pop 和多边形。
help-plan-generate-grids = 网格数量。
help-plan-generate-out = 方案：unit_id,grid_id（CSV）。
help-plan-generate-tolerance = 工作量与平均值的允许偏差，0.05 即 5 %。
help-plan-generate-parent = 上级区域字段，网格不会跨越。
help-plan-generate-current = 现行网格：字段名，或与方案同样格式的 CSV。
help-plan-generate-keep = 居民换网格的代价：0 随意调整；1 及以上时变动人口尽量少。
help-plan-generate-streets = 道路（highway 或 class 字段）：边界优先沿主干路。
help-plan-generate-pin = 固定单元的 CSV:unit_id,grid_id。
help-plan-generate-together = 分组字段，同组单元归入同一网格。
help-plan-generate-also = 附加指标及其允许偏差，如 area:0.2，可重复。
help-plan-generate-limit = 每个网格的限值，如 households=300:500，可重复。
help-plan-generate-lock = 保持不变的现行网格名称，可重复。
help-plan-generate-clarity = 道路相对长度的权重：0 不计，1 照常，3 很重。
help-plan-generate-barriers = 网格不得跨越的线：河流、铁路、围墙。
help-plan-generate-seeds = 种子点（如社区办公点），各成一个网格（grid_id 为其名称）。
help-plan-generate-alternatives = 备选方案个数（1 至 20），覆盖均衡、边界清晰、紧凑和变动之间的取舍。其余方案写为 OUT-2、OUT-3……，均不被其他方案胜过；并附对照表 OUT-alternatives 和取舍图 OUT-alternatives.svg。
help-plan-generate-moves = 把从现行网格（--current）出发、可逐步实施的调整步骤写入该文件。
help-plan-generate-seconds = 搜索多少秒后停止；生成备选方案时按每个方案计。
help-plan-generate-seed = 随机种子，相同则方案相同。
help-plan-generate-effort = 搜索时间为平常的多少倍。
help-plan-score = 方案评分：工作量、偏差、连通、形状，逐个网格并汇总。
help-plan-score-units = 基本单元：unit_id、pop 和多边形。
help-plan-score-plan = 方案：unit_id,grid_id。
help-plan-score-tolerance = 允许偏差：工作量可与平均值相差的比例；并说明每个超出的网格的原因。
help-plan-score-parent = 网格不得跨越的上级区域所在的字段。
help-plan-score-streets = 道路：另算边界沿主干路的比例。
help-plan-score-together = 分组字段：另列被切开的组。
help-plan-compare = 从方案 A 到方案 B 有哪些单元和居民换网格，与网格编号无关。
help-plan-compare-units = 基本单元：unit_id、pop 和多边形。
help-plan-compare-before = 原方案。
help-plan-compare-after = 新方案。
help-plan-polygons = 生成方案的网格面，无缝隙、无重叠，并经检查。
help-plan-polygons-more = 以 WGS 84 写出。退出码 0；若网格面有缝隙或重叠则为 1，且不写出。
help-plan-polygons-units = 基本单元：unit_id、pop 和多边形。
help-plan-polygons-plan = 方案：unit_id,grid_id。
help-plan-polygons-out = 网格面，按扩展名：.gpkg .parquet .geojson .shp。
help-plan-polygons-simplify-m = 边界化简多少米，不产生缝隙。

help-route = 为每个点找到所属网格：按原顺序写出 point_id,grid_id,status。
help-route-more = 落在共用边界上的点，归 grid_id 最小的相邻网格。
help-route-grids = 网格面：grid_id 和多边形。
help-route-points = 点：含 point_id、lon、lat 的 CSV 或 Parquet。
help-route-out = 结果文件：.csv 或 .parquet。
help-route-threads = 为点查找网格的线程数。
help-route-crs = 点的坐标系：EPSG:4326、gcj02、bd09 等。

help-db = 数据库：启动、停止、状态、升级。
help-db-start = 启动自带的 PostgreSQL，首次启动时创建。
help-db-stop = 停止自带的 PostgreSQL。
help-db-status = 查看数据库是否运行：运行则退出码为 0，否则为 3。
help-db-upgrade = 必要时启动数据库，并把数据表更新到最新。

help-demo = 载入演示城市（若尚未载入）并提供网页。
help-demo-scale = sub-districts（两个街道，17 万人）、district（区，100 万人）或 city（市，1000 万人）。
help-demo-seed = 随机种子，不同则城市不同。
help-demo-until = 两年的事件到何时为止，默认到现在。
help-demo-serve = 随后提供网页。
help-demo-reset = 重建已载入的演示城市。

help-serve = 提供网页、接口和瓦片，直到停止。

help-import = 把自己的文件导入数据库。
help-import-incidents = 导入事件：要么全部导入，要么一件不导；每件都找到所属网格和责任人。
help-import-incidents-more = 退出码 0：已导入；1：被拒绝，报告列明哪些行及原因。
help-import-incidents-file = CSV、Excel、Parquet 或 GeoJSON。
help-import-incidents-jurisdiction = 机构代码，如 410102。
help-import-incidents-skip-bad = 导入正确的行，其余列入报告。
help-import-incidents-dry-run = 只检查，不导入。
help-import-incidents-again = 相同内容此前已导入时，仍再次导入。
help-import-incidents-accept-crs = 坐标系无误，即使另一坐标系与辖区更吻合。
help-import-incidents-crs = 坐标所用的坐标系：EPSG:4326、EPSG:4547、gcj02、bd09 等。
help-import-plan = 导入基本单元和划分方案并发布：经检查和编码，立即生效。
help-import-plan-units = 基本单元：unit_id、pop 和多边形。
help-import-plan-assignment = 方案 CSV:unit_id,grid_id。
help-import-plan-jurisdiction = 代码：市 4 位，区 6 位，街道 9 位。
help-import-plan-name = 辖区名称。
help-import-plan-duty-name = 没有在岗人员时由谁受理。
help-import-plan-duty-phone = 其电话。
help-import-plan-tolerance = 工作量的允许偏差，0.05 即 5 %。

# 表格
table-grid-id = 网格
table-units = 单元数
table-pop = 人口
table-area-m2 = 面积（平方米）
table-load = 工作量
table-deviation = 偏差
table-contiguous = 连通
table-compactness = 紧凑度
table-before = 原网格
table-after = 新网格
table-yes = 是
table-no = 否

cause = 原因：{ $cause }
help-plan-nested = 将单元同时划分为社区网格及其下的基础网格。
help-plan-nested-more = 社区网格和基础网格的数量按工作量分配到各片区；同一片区的基础网格相等，偏差不超过允许值。退出码同 plan generate。
help-plan-nested-units = 基本单元：unit_id、pop 和多边形。
help-plan-nested-grids = 基础网格（三级）总数。
help-plan-nested-communities = 社区网格（二级）总数。
help-plan-nested-out = 方案：unit_id,grid_id,level_2,level_1（CSV）。
help-plan-nested-areas = 片区（一级，如街道）所在的列；不给则为一个片区。
help-plan-nested-tolerance = 工作量与本片区平均值的允许偏差，0.05 即 5 %。
help-plan-nested-streets = 道路（highway 或 class 字段）：边界优先沿主干路。
help-plan-nested-clarity = 道路相对长度的权重：0 不计，1 照常，3 很重。
help-plan-nested-barriers = 网格不得跨越的线：河流、铁路、围墙。
help-plan-nested-seconds = 搜索多少秒后停止。
help-plan-nested-seed = 随机种子，相同则方案相同。
table-level = 级别
table-grids = 网格数
table-max-deviation = 最大偏差
