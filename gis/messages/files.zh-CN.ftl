coordinates-outside-world = 经度 { $lon }、纬度 { $lat } 不在地球上:经度范围是 -180 到 180,纬度范围是 -90 到 90。请检查是否经度在前。
crs-unknown = 不认识坐标系“{ $name }”。请输入例如 EPSG:4326、EPSG:4547、cgcs2000、gcj02 或 bd09。
layer-empty = { $file } 中没有可用的几何图形。请检查文件和图层是否正确。
