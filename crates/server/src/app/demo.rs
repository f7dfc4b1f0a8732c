//! The demo world: two invented lenders, their products and people. Every step may be repeated, so a seeding that was
//! interrupted is finished by the next start.

use std::fs;
use std::os::unix::fs::OpenOptionsExt as _;

use serde::{Deserialize, Serialize};

use super::commands::Print;
use crate::access::{self, InstitutionKind, NewInstitution, NewStaff, Right, Staff};
use crate::ctx::Ctx;
use crate::db::Scope;
use crate::error::{Error, Refuse, Result, Text};
use crate::id::InstitutionId;
use crate::journey::{self, Opening};
use crate::ledger::Seat;
use crate::product::{self, Ask, Definition, Proposal, State};
use crate::vault::{Person, Private};

/// The password of every demo account; production mode never seeds them.
const PASSWORD: &str = "xiaobao-demo-2026";

/// What a newcomer needs to walk through the demo.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Demo {
    pub url: String,
    pub links: Vec<DemoLink>,
    pub accounts: Vec<DemoAccount>,
    pub api_keys: Vec<DemoKey>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DemoLink {
    pub name: String,
    pub institution: String,
    pub journey: String,
    pub url: String,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DemoAccount {
    pub institution: String,
    pub account: String,
    pub password: String,
    pub name: String,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DemoKey {
    pub institution: String,
    pub key: String,
}

struct House {
    code: &'static str,
    name: &'static str,
    short_name: &'static str,
    hotline: &'static str,
    kind: InstitutionKind,
    staff: [Colleague; 3],
    products: &'static [Offer],
    people: &'static [Someone],
}

struct Colleague {
    account: &'static str,
    name: &'static str,
    badge: &'static str,
    rights: &'static [Right],
}

struct Offer {
    code: &'static str,
    definition: &'static str,
    released: Wish,
}

/// Whether the demo's second person approves a product.
#[derive(PartialEq)]
enum Wish {
    Released,
    Draft,
}

struct Someone {
    name: &'static str,
    id_number: &'static str,
    phone: &'static str,
    product: &'static str,
    principal: i64,
    periods: u32,
}

const SERVICE: &[Right] = &[
    Right::ViewJourneys,
    Right::IssueLinks,
    Right::ViewProducts,
    Right::ViewOutbox,
    Right::ViewLog,
];
const PRODUCTS: &[Right] = &[
    Right::ViewProducts,
    Right::ProposeProducts,
    Right::ViewJourneys,
    Right::ViewLog,
];
const REVIEW: &[Right] = &[
    Right::ViewJourneys,
    Right::IssueLinks,
    Right::ViewProducts,
    Right::ApproveProducts,
    Right::ViewOutbox,
    Right::ViewLog,
];

const HOUSES: [House; 2] = [
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
        products: &[
            Offer {
                code: "hexiang",
                definition: include_str!("../../demo/hexiang.json"),
                released: Wish::Released,
            },
            Offer {
                code: "hexiang_fixed",
                definition: include_str!("../../demo/hexiang_fixed.json"),
                released: Wish::Released,
            },
            Offer {
                code: "hemiao",
                definition: include_str!("../../demo/hemiao.json"),
                released: Wish::Released,
            },
            Offer {
                code: "yinling",
                definition: include_str!("../../demo/yinling.json"),
                released: Wish::Released,
            },
            Offer {
                code: "jiyong",
                definition: include_str!("../../demo/jiyong.json"),
                released: Wish::Draft,
            },
        ],
        people: &[
            Someone {
                name: "周桂兰",
                id_number: "110101196403160020",
                phone: "10000000062",
                product: "hexiang",
                principal: 2_000_000,
                periods: 12,
            },
            Someone {
                name: "陈建国",
                id_number: "110101198805120039",
                phone: "10000000038",
                product: "hemiao",
                principal: 600_000,
                periods: 6,
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
        products: &[Offer {
            code: "puhui",
            definition: include_str!("../../demo/puhui.json"),
            released: Wish::Released,
        }],
        people: &[Someone {
            name: "刘敏",
            id_number: "110101198507070045",
            phone: "10000000041",
            product: "puhui",
            principal: 10_000_000,
            periods: 12,
        }],
    },
];

#[derive(Debug)]
struct DemoWorldInProduction;

impl Refuse for DemoWorldInProduction {
    fn code(&self) -> &'static str {
        "demo_world_in_production"
    }
    fn text(&self) -> Text {
        Text::new(
            "数据库里有演示机构，其账号和口令是公开的；生产模式拒绝启动。",
            "The database holds the demo institutions, whose accounts and passwords are public; production mode refuses to start.",
        )
    }
}

/// Refuses a database that was ever seeded with the demo world.
pub async fn refuse(ctx: &Ctx) -> Result<()> {
    let view = ctx.db.read(Scope::Unscoped).await?;
    let known = access::institutions(&view).await?;
    if known
        .iter()
        .any(|institution| HOUSES.iter().any(|house| house.name == institution.name))
    {
        return Err(DemoWorldInProduction.into());
    }
    Ok(())
}

/// Seeds what is missing and says how to get in.
pub async fn seed(ctx: &Ctx) -> Result<Demo> {
    let mut demo = Demo {
        url: ctx.config.public_url(),
        links: Vec::new(),
        accounts: Vec::new(),
        api_keys: Vec::new(),
    };
    for house in &HOUSES {
        let institution = institution(ctx, house).await?;
        let seat = Seat::system(&institution, "demo");
        for colleague in &house.staff {
            staff(ctx, &seat, colleague).await?;
            demo.accounts.push(DemoAccount {
                institution: house.code.to_owned(),
                account: colleague.account.to_owned(),
                password: PASSWORD.to_owned(),
                name: colleague.name.to_owned(),
            });
        }
        products(ctx, &institution, house).await?;
        demo.api_keys.push(DemoKey {
            institution: house.code.to_owned(),
            key: api_key(ctx, &seat, house.code).await?,
        });
        for someone in house.people {
            demo.links
                .push(waiting_journey(ctx, &seat, house.code, someone).await?);
        }
    }
    Ok(demo)
}

async fn institution(ctx: &Ctx, house: &House) -> Result<InstitutionId> {
    let view = ctx.db.read(Scope::Unscoped).await?;
    let known = access::institutions(&view)
        .await?
        .into_iter()
        .find(|i| i.code == house.code);
    drop(view);
    if let Some(known) = known {
        return Ok(known.id);
    }
    let new = NewInstitution {
        code: house.code.to_owned(),
        name: house.name.to_owned(),
        short_name: house.short_name.to_owned(),
        hotline: house.hotline.to_owned(),
        kind: house.kind,
    };
    Ok(access::found_institution(ctx, new).await?.id)
}

async fn staff(ctx: &Ctx, seat: &Seat, colleague: &Colleague) -> Result<()> {
    let new = NewStaff {
        account: colleague.account.to_owned(),
        name: colleague.name.to_owned(),
        badge: colleague.badge.to_owned(),
        password: Private::new(PASSWORD.to_owned()),
        rights: colleague.rights.to_vec(),
    };
    match access::add_staff(ctx, seat, new).await {
        Ok(_) => Ok(()),
        Err(error) if error.code() == "account_taken" => Ok(()),
        Err(error) => Err(error),
    }
}

async fn signed_in(ctx: &Ctx, house: &House, colleague: &Colleague) -> Result<Staff> {
    let password = Private::new(PASSWORD.to_owned());
    Ok(
        access::sign_in(ctx, house.code, colleague.account, &password)
            .await?
            .0,
    )
}

/// Proposed by the product manager, approved by the reviewer: four eyes in the demo too.
async fn products(ctx: &Ctx, institution: &InstitutionId, house: &House) -> Result<()> {
    let [_, manager, reviewer] = &house.staff;
    for offer in house.products {
        let view = ctx.db.read(institution).await?;
        let known = match product::by_code(&view, offer.code).await? {
            Some(id) => Some(product::version(&view, &id, 1).await?),
            None => None,
        };
        drop(view);
        let version = match known {
            Some(version) => version,
            None => {
                let mut definition: Definition = serde_json::from_str(offer.definition)?;
                definition.reading_seconds.standard = ctx.config.demo.reading_seconds_standard;
                definition.reading_seconds.elder = ctx.config.demo.reading_seconds_elder;
                let manager = signed_in(ctx, house, manager).await?;
                product::propose(
                    ctx,
                    &manager,
                    &Proposal {
                        code: offer.code.to_owned(),
                        definition,
                    },
                )
                .await?
            }
        };
        if version.state == State::Draft && offer.released == Wish::Released {
            let reviewer = signed_in(ctx, house, reviewer).await?;
            product::approve(ctx, &reviewer, &version.product, version.number).await?;
        }
    }
    Ok(())
}

/// The demo's key is kept beside the data, so that a later start can print it again.
async fn api_key(ctx: &Ctx, seat: &Seat, code: &str) -> Result<String> {
    let path = ctx.config.data.folder.join(format!("demo-api-key-{code}"));
    match fs::read_to_string(&path) {
        // An empty file is what a crash may leave.
        Ok(known) if !known.trim().is_empty() => return Ok(known.trim().to_owned()),
        Ok(_) => {}
        Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => {}
        Err(cause) => return Err(cause.into()),
    }
    let (id, secret) = access::issue_api_key(ctx, seat, "demo").await?;
    let draft = path.with_extension(format!("tmp-{id}"));
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&draft)?;
    std::io::Write::write_all(&mut file, secret.expose().as_bytes())?;
    file.sync_all()?;
    fs::rename(draft, path)?;
    Ok(secret.expose().clone())
}

async fn waiting_journey(
    ctx: &Ctx,
    seat: &Seat,
    code: &str,
    someone: &Someone,
) -> Result<DemoLink> {
    let opening = Opening {
        reference: format!("DEMO-{}", someone.phone.trim_start_matches("10000")),
        product: someone.product.to_owned(),
        borrower: Person {
            name: Private::new(someone.name.to_owned()),
            id_number: Private::new(someone.id_number.to_owned()),
            phone: Private::new(someone.phone.to_owned()),
        },
        loan: Some(Ask {
            principal: someone.principal,
            periods: someone.periods,
            start: None,
            first_due: None,
        }),
        idempotency_key: format!("demo-{}", someone.phone),
        request_digest: String::new(),
    };
    let opened = journey::open(ctx, seat, &opening).await?;
    let view = ctx.db.read(&seat.institution).await?;
    let link = access::live_link(ctx, &view, opened.journey.id.as_str()).await?;
    let url = match link {
        Some(link) => access::link_url(ctx, link.id.as_str())?,
        None => String::new(),
    };
    Ok(DemoLink {
        name: someone.name.to_owned(),
        institution: code.to_owned(),
        journey: opened.journey.id.to_string(),
        url,
    })
}

/// Prints how to get in.
pub fn print(demo: &Demo, form: Print) -> Result<()> {
    use std::io::Write as _;
    let mut out = std::io::stdout().lock();
    match form {
        Print::Json => writeln!(out, "{}", serde_json::to_string(demo)?)?,
        Print::Text => {
            writeln!(out, "\nXiaobao 消保 (demo, all people invented)\n")?;
            writeln!(out, "  Console   {}/console/", demo.url)?;
            for account in &demo.accounts {
                writeln!(
                    out,
                    "            {} / {} / {}   {}",
                    account.institution, account.account, account.password, account.name
                )?;
            }
            writeln!(out, "  API       {}/v1/", demo.url)?;
            for key in &demo.api_keys {
                writeln!(out, "            {}  {}", key.institution, key.key)?;
            }
            writeln!(
                out,
                "  Borrowers open their link on a phone; the code is in the console's outbox"
            )?;
            for link in &demo.links {
                let url = if link.url.is_empty() {
                    "expired: delete the data folder for a fresh demo"
                } else {
                    &link.url
                };
                writeln!(out, "            {}  {}", link.name, url)?;
            }
            writeln!(out)?;
        }
    }
    out.flush().map_err(Error::from)
}
