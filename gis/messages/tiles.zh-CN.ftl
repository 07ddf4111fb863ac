tile-layer-unknown = 没有名为“{ $layer }”的图层。现有图层：{ $layers }。
tile-address-unreadable = 瓦片由三个整数确定：/tiles/图层/级别/列/行.mvt。
tile-zoom-outside = 图层 { $layer } 只有 { $lowest } 到 { $highest } 级瓦片，请在此范围内请求。
tile-outside = 第 { $zoom } 级的行列号从 0 到 { $last }，请在此范围内请求。
tile-plan-unknown = 没有编号为 { $plan } 的网格划分方案。去掉 `plan` 参数可查看现行方案。
tiles-too-slow = 绘制此瓦片超过 { $seconds } 秒，已停止。请放大地图，或待数据库空闲后重试。
tiles-busy = 地图瓦片的数据库连接已全部占用，请稍后重试。
