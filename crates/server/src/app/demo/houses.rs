//! The demo's houses: who works there, what they offer, who borrows.

use crate::access::{InstitutionKind, Right};
use crate::vault::BusinessKind;

pub(super) struct House {
    pub(super) code: &'static str,
    pub(super) name: &'static str,
    pub(super) short_name: &'static str,
    pub(super) hotline: &'static str,
    pub(super) kind: InstitutionKind,
    /// Codes and contents of the notices.
    pub(super) notices: &'static [(&'static str, &'static str)],
    /// Codes and contents of the contract templates.
    pub(super) contracts: &'static [(&'static str, &'static str)],
    pub(super) staff: [Colleague; 5],
    pub(super) products: &'static [Offer],
    pub(super) people: &'static [Someone],
}

pub(super) struct Colleague {
    pub(super) account: &'static str,
    pub(super) name: &'static str,
    pub(super) badge: &'static str,
    /// Beside those of the roles.
    pub(super) rights: &'static [Right],
    pub(super) roles: &'static [&'static str],
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
    /// Kind, registered name and credit code of the business they borrow for.
    pub(super) business: Option<(BusinessKind, &'static str, &'static str)>,
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
        roles: &[],
        rights: &[
            Right::FoundInstitutions,
            Right::ViewInstitutions,
            Right::ManageSettings,
            Right::ViewSettings,
            Right::ViewLog,
        ],
    },
);

const SERVICE: &[&str] = &["counter", "privacy", "service"];
const PRODUCTS: &[&str] = &["product_manager"];
/// The demo's few people do the work of many.
const REVIEW: &[&str] = &[
    "counter",
    "integrator",
    "officer",
    "privacy",
    "reviewer",
    "service",
];

/// Two of them in each house: what touches access itself takes two.
const ADMINISTRATION: &[&str] = &["administrator"];

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
                rights: &[Right::ViewOutbox],
                roles: SERVICE,
            },
            Colleague {
                account: "shenqiao",
                name: "沈乔",
                badge: "AH-0108",
                rights: &[],
                roles: PRODUCTS,
            },
            Colleague {
                account: "heyun",
                name: "何芸",
                badge: "AH-0031",
                rights: &[Right::ViewOutbox, Right::ManageSettings],
                roles: REVIEW,
            },
            Colleague {
                account: "jiangtong",
                name: "江彤",
                badge: "AH-0007",
                rights: &[],
                roles: ADMINISTRATION,
            },
            Colleague {
                account: "luyuan",
                name: "陆远",
                badge: "AH-0008",
                rights: &[],
                roles: ADMINISTRATION,
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
        contracts: &[
            (
                "loan_contract",
                include_str!("../../../demo/contracts/loan_contract.json"),
            ),
            (
                "joint_loan_contract",
                include_str!("../../../demo/contracts/joint_loan_contract.json"),
            ),
            (
                "loan_change",
                include_str!("../../../demo/contracts/loan_change.json"),
            ),
            (
                "surety_contract",
                include_str!("../../../demo/contracts/surety_contract.json"),
            ),
            (
                "guarantee_contract",
                include_str!("../../../demo/contracts/guarantee_contract.json"),
            ),
            (
                "debit_authority",
                include_str!("../../../demo/contracts/debit_authority.json"),
            ),
            (
                "certificate_authority",
                include_str!("../../../demo/contracts/certificate_authority.json"),
            ),
            (
                "purpose_commitment",
                include_str!("../../../demo/contracts/purpose_commitment.json"),
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
                business: None,
            },
            Someone {
                name: "林晓",
                id_number: "110101200604080026",
                phone: "10000000020",
                product: "hexiang",
                price: Price::ByBorrower,
                business: None,
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
                business: None,
            },
            Someone {
                name: "何秀英",
                id_number: "11010119600520004X",
                phone: "10000000066",
                product: "yinling",
                price: Price::Final {
                    principal: 800_000,
                    periods: 12,
                },
                business: None,
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
                rights: &[Right::ViewOutbox],
                roles: SERVICE,
            },
            Colleague {
                account: "fangyuan",
                name: "方圆",
                badge: "JL-1015",
                rights: &[],
                roles: PRODUCTS,
            },
            Colleague {
                account: "baolu",
                name: "鲍璐",
                badge: "JL-1001",
                rights: &[Right::ViewOutbox, Right::ManageSettings],
                roles: REVIEW,
            },
            Colleague {
                account: "tangning",
                name: "唐宁",
                badge: "JL-0007",
                rights: &[],
                roles: ADMINISTRATION,
            },
            Colleague {
                account: "hanyu",
                name: "韩雨",
                badge: "JL-0008",
                rights: &[],
                roles: ADMINISTRATION,
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
        contracts: &[
            (
                "debit_authority",
                include_str!("../../../demo/contracts/debit_authority.json"),
            ),
            (
                "certificate_authority",
                include_str!("../../../demo/contracts/certificate_authority.json"),
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
            business: Some((
                BusinessKind::SoleTrader,
                "江宁区刘敏便利店",
                "92320102MA2DEM004G",
            )),
        }],
    },
];
