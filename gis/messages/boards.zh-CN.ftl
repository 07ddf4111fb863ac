plan-step-edges = 查找基本单元之间的边界
