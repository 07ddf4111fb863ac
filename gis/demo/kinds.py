"""What happens in the demo city: each kind of incident, over places, days and hours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

# Found and solved in the seven key areas, as the newspaper reports them of Qinling Road.
FOUND = {"01": 36, "02": 220, "03": 181, "04": 209, "05": 145, "06": 1, "07": 4}
SOLVED = {"01": 36, "02": 219, "03": 171, "04": 207, "05": 144, "06": 1, "07": 4}

# How likely a building of each kind is, by people (`home`) or by building; `street` is by length.
PLACES: dict[str, Mapping[str, float]] = {
    "workshop": {"factory": 6, "village": 1.5, "market": 2},
    "trade": {"market": 14, "commerce": 5, "village": 0.7, "old": 0.35},
    "street": {"street": 1},
    "extension": {"village": 3.2, "old": 0.5, "estate": 0.15, "market": 1},
    "flats": {"old": 1, "estate": 2.4, "village": 0.45},
    "old flats": {"old": 1.4, "village": 0.8, "estate": 0.4},
    "site": {"site": 30, "commerce": 0.2},
    "works": {"factory": 8, "commerce": 1, "site": 2},
    "jobs": {"site": 12, "factory": 3, "commerce": 1},
    "clearing": {"village": 1.5, "old": 0.3, "site": 2},
    "any": {"old": 1, "estate": 1, "village": 0.4, "commerce": 1, "market": 1, "school": 1,
            "hospital": 1},
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One second-level category in the demo.

    share: of its key area. place: a name of PLACES. season, hours: names of `rhythm`.
    days: median time from dispatch to handling. posts: what was found, Chinese, as a sentence
    that follows the place. titles: pairs of Chinese and English.
    """

    code: str
    share: float
    place: str
    season: str
    hours: str
    days: float
    titles: tuple[tuple[str, str], ...]
    posts: tuple[str, ...]


def _kind(
    code: str, share: float, place: str, season: str, hours: str, days: float,
    titles: str, posts: str,
) -> Kind:  # fmt: skip
    pairs = [title.split("=") for title in titles.split("|")]
    return Kind(
        code=code, share=share, place=place, season=season, hours=hours, days=days,
        titles=tuple((zh, en) for zh, en in pairs), posts=tuple(posts.split("|")),
    )  # fmt: skip


KINDS = (
    _kind("0101", 0.45, "workshop", "even", "work", 4,
          "无证加工作坊=Workshop without a licence|民房内私自加工=Production in a dwelling",
          "有人在出租房内从事加工，未能出示营业执照|设有小型加工点，无任何证照，夜间有机器声"),
    _kind("0102", 0.15, "workshop", "even", "work", 6,
          "疑似制假售假窝点=Suspected counterfeit workshop|假冒商品仓库=Store of counterfeit goods",
          "有人频繁搬运无标识货物，疑似制假|发现大量假冒品牌包装材料"),
    _kind("0103", 0.30, "workshop", "summer", "night", 5,
          "夜间偷排废气=Fumes released at night|污水直排雨水井=Waste water led into a storm drain",
          "夜间有刺鼻气味，疑似偷排|有污水直接排入雨水井，颜色发黑"),
    _kind("0104", 0.10, "workshop", "summer", "work", 2,
          "违规存放危险化学品=Chemicals stored unlawfully|黑加油点=Unlawful fuel station",
          "存放多桶不明液体，无警示标志|有人用改装车辆流动加油"),
    _kind("0201", 0.42, "street", "summer", "evening", 0.3,
          "流动摊贩占道经营=Street vendors block the pavement|"
          "门店出店经营=Shop spreads onto the pavement|"
          "夜市摊位占用非机动车道=Night stalls on the cycle lane",
          "有多个流动摊位占用人行道，行人只能走机动车道|门店把桌椅摆到盲道上，影响通行|"
          "摊位油烟大，收摊后地面油污未清理"),
    _kind("0202", 0.22, "trade", "even", "work", 3,
          "无证照经营=Trading without a licence|经营范围与执照不符=Trade other than licensed",
          "店铺正在营业，未能出示营业执照|实际经营项目与执照登记不符"),
    _kind("0203", 0.20, "trade", "summer", "day", 3,
          "餐饮店后厨卫生差=Dirty restaurant kitchen|销售过期食品=Expired food on sale",
          "后厨生熟不分，工作人员无健康证|货架上有过期食品仍在销售"),
    _kind("0204", 0.05, "trade", "winter", "day", 5,
          "疑似无证行医=Suspected practice without a licence|黑诊所=Unlicensed clinic",
          "无医疗机构执业许可证，室内有输液设备|以保健店名义开展诊疗活动"),
    _kind("0205", 0.04, "trade", "even", "night", 4,
          "疑似黑网吧=Suspected unlicensed internet café|娱乐场所超时营业=Amusement open too late",
          "有未成年人上网，无登记|凌晨后仍在营业，音响声音大"),
    _kind("0206", 0.07, "trade", "spring", "work", 4,
          "黑中介收费纠纷=Dispute with an unlicensed agent|虚假宣传=False advertising",
          "中介收取费用后失联|向老年人推销保健品，宣传内容夸大"),
    _kind("0301", 0.50, "extension", "spring", "day", 12,
          "院内私搭棚屋=Shed built in a yard|一楼住户圈占绿地=Green space fenced in|"
          "门前搭建铁皮房=Sheet-metal room in front of a house",
          "有人正在用砖和彩钢板搭建房屋，未见审批手续|住户在公共绿地上砌墙圈院|"
          "新搭铁皮房约十五平方米，占用通道"),
    _kind("0302", 0.30, "extension", "spring", "day", 16,
          "楼顶加层=Storey added on a roof|楼顶搭建阳光房=Glass room built on a roof",
          "楼顶正在加盖一层，楼下住户反映墙体开裂|楼顶搭建玻璃房，雨水管被堵"),
    _kind("0303", 0.12, "extension", "spring", "day", 14,
          "占用公共用地建房=Building on public land|围墙外扩=Wall moved outwards",
          "占用公共道路砌墙，消防车无法通过|围墙外扩约两米，侵占人行道"),
    _kind("0304", 0.08, "flats", "even", "work", 10,
          "住宅改为商用=Dwelling turned into a shop|地下室改为住人=Basement turned into lodging",
          "临街住宅破墙开店，未办手续|地下室隔成多间出租"),
    _kind("0401", 0.22, "flats", "winter", "evening", 0.5,
          "消防通道被堵=Fire exit blocked|楼道堆放杂物=Rubbish piled in a stairwell|"
          "私家车占用消防车通道=Car parked on a fire lane",
          "防火门被锁，疏散指示灯不亮|楼道堆放纸箱和旧家具，安全出口打不开|"
          "车辆长期停在消防车通道上"),
    _kind("0402", 0.15, "old flats", "winter", "day", 0.6,
          "疑似燃气泄漏=Suspected gas leak|违规使用液化气罐=Gas cylinder used unsafely",
          "楼道内有明显燃气味|小餐馆在封闭空间内使用液化气罐，软管老化"),
    _kind("0403", 0.23, "flats", "summer", "evening", 0.8,
          "电动车楼道充电=E-bike charged in a stairwell|"
          "飞线充电=Cable hung from a window to charge",
          "有人把电动车推进楼道充电|从三楼窗户拉线给电动车充电，电线裸露"),
    _kind("0404", 0.13, "site", "spring", "work", 2,
          "工地高处作业无防护=Work at height unprotected|工地围挡破损=Site fence broken|"
          "塔吊作业无警戒=Crane works without a cordon",
          "工人高处作业未系安全带|围挡倒塌约五米，儿童可进入|塔吊下未设警戒区"),
    _kind("0405", 0.14, "works", "even", "work", 3,
          "企业消防设施缺失=Workplace lacks fire equipment|特种设备超期未检=Inspection overdue",
          "车间灭火器过期，消防栓无水|叉车超期未检仍在使用"),
    _kind("0406", 0.13, "old flats", "summer", "day", 1.5,
          "电线老化裸露=Bare, aged wiring|配电箱无门=Switch box without a door",
          "楼道电线老化裸露，下雨打火|配电箱箱门缺失，儿童可触及"),
    _kind("0501", 0.28, "flats", "summer", "evening", 2,
          "邻里漏水纠纷=Quarrel over a leak|邻里停车纠纷=Quarrel over parking",
          "楼上漏水，双方协商不成|因争抢车位发生争吵"),
    _kind("0502", 0.16, "jobs", "new year", "work", 7,
          "农民工反映工资拖欠=Workers report unpaid wages|企业拖欠工资=Company owes wages",
          "多名工人反映工资被拖欠两个月|聚集讨要工资，约十余人"),
    _kind("0503", 0.22, "flats", "even", "day", 5,
          "物业服务纠纷=Dispute over property services|供暖不达标=Heating too weak",
          "业主反映物业长期不清运垃圾|室内温度不足十八度，物业未处理"),
    _kind("0504", 0.14, "clearing", "spring", "work", 15,
          "拆迁安置反映=Complaint over relocation|过渡费发放问题=Relocation allowance unpaid",
          "村民反映安置房交付推迟|反映过渡费未按时发放"),
    _kind("0505", 0.20, "any", "summer", "night", 0.4,
          "广场舞噪声扰民=Dance music too loud|夜间施工噪声=Building noise at night",
          "音响声音大，影响居民休息|夜间施工，居民多次投诉"),
    _kind("0601", 0.6, "any", "even", "work", 6,
          "组织生活记录不全=Meeting records incomplete", "组织生活会议记录不完整，需限期补齐"),
    _kind("0602", 0.4, "any", "even", "work", 8,
          "活动场所设施损坏=Meeting place in disrepair", "社区活动室屋顶漏水，影响使用"),
    _kind("0701", 0.5, "street", "summer", "day", 0.4,
          "垃圾满溢未清运=Overflowing rubbish bins|积水路段=Water standing on the road",
          "垃圾桶满溢，气味大|雨后积水约十厘米"),
    _kind("0702", 0.3, "street", "even", "day", 1.5,
          "井盖破损=Broken manhole cover|路灯不亮=Street lamp out",
          "井盖破损松动，车辆经过有响声|连续三盏路灯不亮"),
    _kind("0703", 0.2, "flats", "winter", "day", 1,
          "独居老人求助=Elderly person living alone asks for help|困难家庭求助=Family in need",
          "独居老人行动不便，需要上门帮扶|住户因病致困，申请临时救助"),
)  # fmt: skip

SOURCES = ("patrol", "public_report", "hotline_12345", "hotline_110", "department", "sensor")
LEADS = ("网格员巡查时发现，", "群众上报，", "市民拨打12345反映，", "110转来警情，", "部门转办:",
         "感知设备报警，")  # fmt: skip
SOURCE_SHARES = {
    "01": (0.44, 0.16, 0.20, 0.02, 0.18, 0.00), "02": (0.50, 0.15, 0.25, 0.01, 0.09, 0.00),
    "03": (0.56, 0.16, 0.19, 0.00, 0.09, 0.00), "04": (0.52, 0.10, 0.13, 0.01, 0.13, 0.11),
    "05": (0.27, 0.17, 0.38, 0.11, 0.07, 0.00), "06": (0.30, 0.00, 0.00, 0.00, 0.70, 0.00),
    "07": (0.40, 0.25, 0.27, 0.00, 0.06, 0.02),
}  # fmt: skip
