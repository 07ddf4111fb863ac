# 热点随时间的变化，用平常话说
place-new-past = { $since }起新出现：{ $number } 件，为当地平时（{ $expected } 件）的 { $ratio } 倍
place-growing-past = { $since }以来持续上升：{ $number } 件，为当地平时（{ $expected } 件）的 { $ratio } 倍
place-persistent-past = { $since }以来反复偏高：{ $number } 件，为当地平时（{ $expected } 件）的 { $ratio } 倍
place-sporadic-past = 时有反复，最近一次自{ $since }起：{ $number } 件，为当地平时（{ $expected } 件）的 { $ratio } 倍
place-fading-past = 正在消退：{ $since }至{ $last }偏高，{ $number } 件，为当地平时（{ $expected } 件）的 { $ratio } 倍
place-new-people = { $since }起新出现：{ $number } 件，为人口所能解释（{ $expected } 件）的 { $ratio } 倍
place-growing-people = { $since }以来持续上升：{ $number } 件，为人口所能解释（{ $expected } 件）的 { $ratio } 倍
place-persistent-people = { $since }以来长期偏高：{ $number } 件，为人口所能解释（{ $expected } 件）的 { $ratio } 倍
place-sporadic-people = 时有反复，最近一次自{ $since }起：{ $number } 件，为人口所能解释（{ $expected } 件）的 { $ratio } 倍
place-fading-people = 正在消退：{ $since }至{ $last }偏高，{ $number } 件，为人口所能解释（{ $expected } 件）的 { $ratio } 倍
place-sudden-past = { $since }起突然增多：{ $number } 件，为当地平时（{ $expected } 件）的 { $ratio } 倍
place-sure = 若纯属偶然，一千次中约有 { $times } 次会这样。
place-sure-rare = 若纯属偶然，一千次中不到一次会这样。

# 预测
forecast-tried = 用最近 { $weeks } 周检验：每类每处每周平均相差 { $error } 件；照搬去年同期则相差 { $naive } 件。{ $within }% 的实际数落在预测区间内。
forecast-rise = 上周 { $number } 件，预计 { $expected } 件
