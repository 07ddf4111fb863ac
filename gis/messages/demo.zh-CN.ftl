demo-scale-unknown = 没有规模为“{ $scale }”的演示城市，请从以下选项中选择：{ $known }。
demo-streets = 正在规划演示城市的道路
demo-buildings = 正在建造房屋、安排居民
demo-incidents = 正在生成两年的事件
demo-notice = 演示数据：全部为合成数据。除街道、社区的名称和代码外，地点、人员和数字均为虚构。
