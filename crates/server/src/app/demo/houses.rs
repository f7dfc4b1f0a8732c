//! The demo's houses: who works there, what they offer, who borrows.

use crate::access::{InstitutionKind, Right};

pub(super) struct House {
    pub(super) code: &'static str,
    pub(super) name: &'static str,
    pub(super) short_name: &'static str,
    pub(super) hotline: &'static str,
    pub(super) kind: InstitutionKind,
    pub(super) staff: [Colleague; 3],
    /// Codes and contents of the notices.
    pub(super) notices: &'static [(&'static str, &'static str)],
    pub(super) products: &'static [Offer],
    pub(super) people: &'static [Someone],
}

pub(super) struct Colleague {
    pub(super) account: &'static str,
    pub(super) name: &'static str,
    pub(super) badge: &'static str,
    pub(super) rights: &'static [Right],
}

pub(super) struct Offer {
    pub(super) code: &'static str,
    pub(super) definition: &'static str,
    pub(super) released: Wish,
}

/// Whether the demo's second person approves a product.
#[derive(PartialEq)]
pub(super) enum Wish {
    Released,
    Draft,
}

pub(super) struct Someone {
    pub(super) name: &'static str,
    pub(super) id_number: &'static str,
    pub(super) phone: &'static str,
    pub(super) product: &'static str,
    pub(super) price: Price,
}

/// Who says how much and for how long.
pub(super) enum Price {
    /// The lender, before the borrower comes.
    Final { principal: i64, periods: u32 },
    /// The borrower, in the step `drawdown`.
    ByBorrower,
}

/// Who runs the demo for both houses.
pub(super) const OPERATOR: (&str, &str, Colleague) = (
    "operator",
    "消保运营中心（演示）",
    Colleague {
        account: "weiran",
        name: "魏然",
        badge: "OP-0001",
        rights: &[
            Right::FoundInstitutions,
            Right::ViewInstitutions,
            Right::ManageSettings,
            Right::ViewSettings,
            Right::ViewLog,
        ],
    },
);

const SERVICE: &[Right] = &[
    Right::ViewConsents,
    Right::ViewJourneys,
    Right::IssueLinks,
    Right::AssistBorrowers,
    Right::ViewIdentity,
    Right::AttestIdentity,
    Right::ViewProducts,
    Right::ViewRoster,
    Right::ViewOutbox,
    Right::ViewLog,
    Right::ViewSubjects,
    Right::OpenItems,
    Right::DestroySubjects,
];
const PRODUCTS: &[Right] = &[
    Right::ViewConsents,
    Right::ProposeNotices,
    Right::ViewProducts,
    Right::ProposeProducts,
    Right::ViewRoster,
    Right::ProposeRoster,
    Right::ViewJourneys,
    Right::ViewLog,
];
const REVIEW: &[Right] = &[
    Right::ViewConsents,
    Right::PublishNotices,
    Right::ViewJourneys,
    Right::IssueLinks,
    Right::AssistBorrowers,
    Right::ViewIdentity,
    Right::AttestIdentity,
    Right::ReviewSuitability,
    Right::ViewProducts,
    Right::ApproveProducts,
    Right::ViewRoster,
    Right::ApproveRoster,
    Right::ManageKeys,
    Right::ViewKeys,
    Right::ManageSettings,
    Right::ViewSettings,
    Right::ViewWebhooks,
    Right::ManageWebhooks,
    Right::ViewOutbox,
    Right::ViewLog,
    Right::ViewSubjects,
    Right::OpenItems,
    Right::DestroySubjects,
    Right::ViewOpenings,
];

/// Both houses of the demo.
pub(super) const HOUSES: [House; 2] = [
    House {
        code: "anhe",
        name: "安禾消费金融股份有限公司（演示）",
        short_name: "安禾消费金融",
        hotline: "400-000-0217",
        kind: InstitutionKind::ConsumerFinance,
        staff: [
            Colleague {
                account: "luoyifan",
                name: "罗一帆",
                badge: "AH-0217",
                rights: SERVICE,
            },
            Colleague {
                account: "shenqiao",
                name: "沈乔",
                badge: "AH-0108",
                rights: PRODUCTS,
            },
            Colleague {
                account: "heyun",
                name: "何芸",
                badge: "AH-0031",
                rights: REVIEW,
            },
        ],
        notices: &[
            (
                "pi_notice",
                include_str!("../../../demo/notices/pi_notice.json"),
            ),
            (
                "bureau_report_notice",
                include_str!("../../../demo/notices/bureau_report_notice.json"),
            ),
            (
                "face_voice",
                include_str!("../../../demo/notices/face_voice.json"),
            ),
            (
                "provide_partner",
                include_str!("../../../demo/notices/provide_partner.anhe.json"),
            ),
            (
                "marketing",
                include_str!("../../../demo/notices/marketing.json"),
            ),
            (
                "credit_authority",
                include_str!("../../../demo/notices/credit_authority.json"),
            ),
            (
                "informed_relative",
                include_str!("../../../demo/notices/informed_relative.json"),
            ),
        ],
        products: &[
            Offer {
                code: "hexiang",
                definition: include_str!("../../../demo/hexiang.json"),
                released: Wish::Released,
            },
            Offer {
                code: "hexiang_fixed",
                definition: include_str!("../../../demo/hexiang_fixed.json"),
                released: Wish::Released,
            },
            Offer {
                code: "hemiao",
                definition: include_str!("../../../demo/hemiao.json"),
                released: Wish::Released,
            },
            Offer {
                code: "yinling",
                definition: include_str!("../../../demo/yinling.json"),
                released: Wish::Released,
            },
            Offer {
                code: "jiyong",
                definition: include_str!("../../../demo/jiyong.json"),
                released: Wish::Draft,
            },
            Offer {
                code: "huiyuan",
                definition: include_str!("../../../demo/huiyuan.json"),
                released: Wish::Draft,
            },
        ],
        people: &[
            Someone {
                name: "周桂兰",
                id_number: "110101196403160020",
                phone: "10000000062",
                product: "hexiang",
                price: Price::ByBorrower,
            },
            Someone {
                name: "林晓",
                id_number: "110101200604080026",
                phone: "10000000020",
                product: "hexiang",
                price: Price::ByBorrower,
            },
            Someone {
                name: "陈建国",
                id_number: "110101198805120039",
                phone: "10000000038",
                product: "hemiao",
                price: Price::Final {
                    principal: 600_000,
                    periods: 6,
                },
            },
        ],
    },
    House {
        code: "jianglan",
        name: "江岚银行（演示）",
        short_name: "江岚银行",
        hotline: "400-000-0300",
        kind: InstitutionKind::Bank,
        staff: [
            Colleague {
                account: "qinmo",
                name: "秦墨",
                badge: "JL-1002",
                rights: SERVICE,
            },
            Colleague {
                account: "fangyuan",
                name: "方圆",
                badge: "JL-1015",
                rights: PRODUCTS,
            },
            Colleague {
                account: "baolu",
                name: "鲍璐",
                badge: "JL-1001",
                rights: REVIEW,
            },
        ],
        notices: &[
            (
                "pi_notice",
                include_str!("../../../demo/notices/pi_notice.json"),
            ),
            (
                "bureau_report_notice",
                include_str!("../../../demo/notices/bureau_report_notice.json"),
            ),
            (
                "face_voice",
                include_str!("../../../demo/notices/face_voice.json"),
            ),
            (
                "provide_partner",
                include_str!("../../../demo/notices/provide_partner.jianglan.json"),
            ),
            (
                "marketing",
                include_str!("../../../demo/notices/marketing.json"),
            ),
            (
                "credit_authority",
                include_str!("../../../demo/notices/credit_authority.json"),
            ),
            (
                "informed_relative",
                include_str!("../../../demo/notices/informed_relative.json"),
            ),
        ],
        products: &[Offer {
            code: "puhui",
            definition: include_str!("../../../demo/puhui.json"),
            released: Wish::Released,
        }],
        people: &[Someone {
            name: "刘敏",
            id_number: "110101198507070045",
            phone: "10000000041",
            product: "puhui",
            price: Price::Final {
                principal: 10_000_000,
                periods: 12,
            },
        }],
    },
];
