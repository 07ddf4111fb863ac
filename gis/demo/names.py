"""Names of streets, compounds and places in Chinese and English, as they sound in Zhengzhou.

They are made up from common words; a likeness to a real compound is chance.
"""

from __future__ import annotations

from collections import Counter

import numpy as np

Name = tuple[str, str]


def pairs_of(text: str) -> list[Name]:
    return [(zh, en.replace("_", " ")) for zh, en in (word.split("=") for word in text.split())]


# Main roads running north and south bear mountains, those running east and west rivers.
MOUNTAINS = pairs_of(
    "桐柏=Tongbai 秦岭=Qinling 华山=Huashan 嵩山=Songshan 伏牛=Funiu 工人=Gongren 大学=Daxue "
    "泰山=Taishan 衡山=Hengshan 昆仑=Kunlun 太行=Taihang 王屋=Wangwu 黄山=Huangshan "
    "庐山=Lushan 天山=Tianshan 祁连=Qilian 武当=Wudang 九华=Jiuhua 崂山=Laoshan 峨眉=Emei "
    "大别=Dabie 雁荡=Yandang 普陀=Putuo 青城=Qingcheng 阴山=Yinshan 贺兰=Helan 长白=Changbai "
    "井冈=Jinggang 燕山=Yanshan 中条=Zhongtiao 邙山=Mangshan 具茨=Juci 少室=Shaoshi 箕山=Jishan"
)
RIVERS = pairs_of(
    "建设=Jianshe 中原=Zhongyuan 陇海=Longhai 汝河=Ruhe 洛河=Luohe 棉纺=Mianfang 伊河=Yihe "
    "颍河=Yinghe 淮河=Huaihe 郑上=Zhengshang 航海=Hanghai 沙河=Shahe 长江=Changjiang "
    "湘江=Xiangjiang 漓江=Lijiang 珠江=Zhujiang 渭河=Weihe 汾河=Fenhe 沁河=Qinhe 渠口=Qukou "
    "金水=Jinshui 黄河=Huanghe 农业=Nongye 东风=Dongfeng 北环=Beihuan 三全=Sanquan "
    "国基=Guoji 新龙=Xinlong 科学=Kexue 莲花=Lianhua 石楠=Shinan 春藤=Chunteng 翠竹=Cuizhu"
)
WORDS = pairs_of(
    "文化=Wenhua 友爱=Youai 互助=Huzhu 协作=Xiezuo 百花=Baihua 和平=Heping 光明=Guangming "
    "黎明=Liming 幸福=Xingfu 健康=Jiankang 富强=Fuqiang 兴华=Xinghua 振兴=Zhenxing "
    "朝阳=Chaoyang 向阳=Xiangyang 康复=Kangfu 育才=Yucai 学院=Xueyuan 电厂=Dianchang "
    "煤仓=Meicang 电新=Dianxin 机械=Jixie 纺机=Fangji 桃源=Taoyuan 紫荆=Zijing 梧桐=Wutong "
    "银杏=Yinxing 芍药=Shaoyao 海棠=Haitang 丁香=Dingxiang 玉兰=Yulan 石榴=Shiliu 槐树=Huaishu "
    "白杨=Baiyang 锦绣=Jinxiu 新华=Xinhua 前进=Qianjin 团结=Tuanjie 胜利=Shengli 丰收=Fengshou "
    "鸿运=Hongyun 董寨=Dongzhai 西站=Xizhan 铁炉=Tielu 柿园=Shiyuan 凯旋=Kaixuan 安居=Anju "
    "同乐=Tongle 顺河=Shunhe 菜园=Caiyuan 仓库=Cangku 货站=Huozhan 书院=Shuyuan 钟楼=Zhonglou "
    "望湖=Wanghu 临河=Linhe 映月=Yingyue 清泉=Qingquan 永安=Yongan 福寿=Fushou 瑞达=Ruida "
    "冬青=Dongqing 雪松=Xuesong 五龙口=Wulongkou 冉屯=Rantun 洛达=Luoda 贾寨=Jiazhai"
)
ESTATES = pairs_of(
    "锦绣=Jinxiu 阳光=Yangguang 翠湖=Cuihu 金色=Jinse 望湖=Wanghu 风荷=Fenghe 清风=Qingfeng "
    "紫云=Ziyun 书香=Shuxiang 梧桐=Wutong 康桥=Kangqiao 雅居=Yaju 水岸=Shuian 晨曦=Chenxi "
    "景秀=Jingxiu 和美=Hemei 安泰=Antai 福润=Furun 明珠=Mingzhu 春晓=Chunxiao"
)
ESTATE_KINDS = pairs_of("花园=Garden 苑=Court 小区=Estate 新城=New_Town 华庭=Residence 家园=Homes")
WORKS = pairs_of(
    "棉纺织=Cotton_Mill 电缆=Cable_Works 纺织机械=Textile_Machinery 砂轮=Grinding_Wheel "
    "印染=Dye_Works 热电=Power_Plant 制药=Pharmaceutical 水泥制管=Pipe_Works 阀门=Valve_Works "
    "粮机=Grain_Machinery 面粉=Flour_Mill 建材=Building_Materials 机床=Machine_Tool "
    "油脂=Oil_Works 标准件=Fastener 木材=Timber"
)
SURNAMES = pairs_of(
    "董=Dong 冉=Ran 朱=Zhu 罗=Luo 牛=Niu 常=Chang 马=Ma 段=Duan 冯=Feng 郭=Guo 李=Li 孙=Sun "
    "赵=Zhao 白=Bai 刁=Diao 付=Fu 丁=Ding 石=Shi 闫=Yan 岳=Yue"
)
VILLAGE_KINDS = pairs_of("庄=zhuang 寨=zhai 湾=wan 岗=gang")
STREAMS = pairs_of("贾鲁河=Jialu_River 须水河=Xushui_River 金水河=Jinshui_River "
                         "索须河=Suoxu_River 熊儿河=Xionger_River "
                         "潮河=Chaohe_River 十八里河=Shibali_River")  # fmt: skip
PARKS = pairs_of("映月湖=Yingyue_Lake 柳荫湖=Liuyin_Lake 清莲湖=Qinglian_Lake 碧沙湖=Bisha_Lake "
               "梧桐湖=Wutong_Lake 秋水湖=Qiushui_Lake 鸣翠湖=Mingcui_Lake")  # fmt: skip
DIRECTIONS = pairs_of("东=East 西=West 南=South 北=North")
DIGITS = "一二三四五六七八九十"
_SUFFIX = {3: ("街", "Street"), 2: ("街", "Street"), 1: ("巷", "Lane")}


def number_zh(number: int) -> str:
    """A positive number below 100 as it stands in names: 一, 十二, 四十."""
    tens, ones = divmod(number, 10)
    head = ("" if tens == 1 else DIGITS[tens - 1]) + "十" if tens else ""
    return head + (DIGITS[ones - 1] if ones else "")


class StreetNames:
    """Gives out street names, each once in a city as far as the words reach."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self._used: Counter[str] = Counter()

    def main(self, index: int, northward: bool) -> Name:
        """The name of the index-th main road in one direction."""
        words = MOUNTAINS if northward else RIVERS
        zh, en = words[index % len(words)]
        turn = index // len(words)
        if not turn:
            west = not northward and index < 3
            return (zh + "西路", f"{en} West Road") if west else (zh + "路", f"{en} Road")
        mark, mark_en = DIRECTIONS[(turn - 1) % 4]
        return zh + mark + "路", f"{en} {mark_en} Road"

    def side(self, cls: int) -> Name:
        """A new name for a side street (class 2 or 3) or a lane (class 1)."""
        zh, en = WORDS[int(self._rng.integers(len(WORDS)))]
        suffix, suffix_en = _SUFFIX[cls]
        base = zh + suffix
        self._used[base] += 1
        count = self._used[base]
        if count == 1:
            return base, f"{en} {suffix_en}"
        if count <= 5:
            mark, mark_en = DIRECTIONS[count - 2]
            return zh + mark + suffix, f"{en} {mark_en} {suffix_en}"
        number = (count - 6) % 99 + 1
        return f"{zh}{number_zh(number)}{suffix}", f"{en} {suffix_en} No. {number}"


class PlaceNames:
    """Gives out names of compounds, villages, works and schools; repeats are numbered."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self._used: Counter[str] = Counter()

    def _pick(self, words: list[Name]) -> Name:
        return words[int(self._rng.integers(len(words)))]

    def _numbered(self, zh: str, en: str, phase: str, phase_en: str) -> Name:
        self._used[zh] += 1
        count = self._used[zh]
        if count == 1:
            return zh, en
        mark = number_zh(count) if count < 100 else str(count)
        return f"{zh}{phase.format(mark)}", f"{en} {phase_en} {count}"

    def village(self) -> Name:
        (zh, en), (kind, kind_en) = self._pick(SURNAMES), self._pick(VILLAGE_KINDS)
        return f"{zh}{kind}村", f"{en}{kind_en} Village"

    def compound(self, zone: str, village: Name) -> Name:
        """A name for a compound of a zone; those of an urban village are its groups (组)."""
        if zone == "village":
            return self._numbered(village[0], village[1], "{}组", "Group")
        if zone == "factory":
            zh, en = self._pick(WORKS)
            return self._numbered(f"{zh}厂", f"{en} Factory", "{}分厂", "Branch")
        if zone == "estate":
            (zh, en), (kind, kind_en) = self._pick(ESTATES), self._pick(ESTATE_KINDS)
            return self._numbered(zh + kind, f"{en} {kind_en}", "{}期", "Phase")
        if zone == "old":
            zh, en = self._pick(WORKS)
            return self._numbered(f"{zh}厂家属院", f"{en} Staff Compound", "{}号院", "No.")
        zh, en = self._pick(WORDS)
        kind, kind_en = {
            "school": ("路小学", "Road Primary School"),
            "hospital": ("医院", "Hospital"),
            "market": ("集贸市场", "Market"),
            "commerce": ("商业楼", "Commercial Building"),
            "site": ("项目工地", "Construction Site"),
        }[zone]
        return self._numbered(zh + kind, f"{en} {kind_en}", "（{}）", "No.")
