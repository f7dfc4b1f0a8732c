//! The demo world: two invented lenders, their products and people, one file for each room that is seeded. Every step may
//! be repeated, so a seeding that was interrupted is finished by the next start.

mod access;
mod consent;
mod houses;
mod inspection;
mod journey;
mod lender;
mod lived;
mod print;
mod product;
mod roster;
mod signing;

use serde::{Deserialize, Serialize};

pub use lender::decides;
pub use lived::live;
pub use print::print;

use crate::ctx::Ctx;
use crate::db::Scope;
use crate::error::{Refuse, Result, Text};
use crate::ledger::Seat;
use houses::{HOUSES, House};

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
    let known = crate::access::institutions(&view).await?;
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
        let seat = founded(ctx, house, &mut demo).await?;
        for someone in house.people {
            demo.links
                .push(journey::waiting_journey(ctx, &seat, house.code, someone).await?);
        }
        inspection::looked_over(ctx, &seat.institution, house).await?;
    }
    demo.links.extend(lived::links(ctx)?);
    demo.accounts.push(access::operator(ctx).await?);
    Ok(demo)
}

/// One lender with its staff, papers and products.
async fn founded(ctx: &Ctx, house: &House, demo: &mut Demo) -> Result<Seat> {
    let institution = access::institution(ctx, house).await?;
    let seat = Seat::system(&institution, "demo");
    for colleague in &house.staff {
        access::staff(ctx, &seat, colleague).await?;
        demo.accounts.push(DemoAccount {
            institution: house.code.to_owned(),
            account: colleague.account.to_owned(),
            password: access::PASSWORD.to_owned(),
            name: colleague.name.to_owned(),
        });
    }
    roster::seed(ctx, &institution, house).await?;
    consent::notices(ctx, &institution, house).await?;
    signing::contracts(ctx, &institution, house).await?;
    product::products(ctx, &institution, house).await?;
    demo.api_keys.push(DemoKey {
        institution: house.code.to_owned(),
        key: access::api_key(ctx, &seat, house.code).await?,
    });
    Ok(seat)
}
