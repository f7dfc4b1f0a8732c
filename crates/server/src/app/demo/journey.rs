//! Journeys that wait for a borrower in the demo.

use super::DemoLink;
use super::houses::{Price, Someone};
use crate::access;
use crate::ctx::Ctx;
use crate::error::Result;
use crate::journey::{self, Opening};
use crate::ledger::Seat;
use crate::product::Ask;
use crate::vault::{Business, Person, Private};

pub(super) async fn waiting_journey(
    ctx: &Ctx,
    seat: &Seat,
    code: &str,
    someone: &Someone,
) -> Result<DemoLink> {
    let opening = Opening {
        reference: format!("DEMO-{}", someone.phone.trim_start_matches("10000")),
        kind: journey::Kind::Loan,
        line: None,
        product: someone.product.to_owned(),
        borrower: Person {
            name: Private::new(someone.name.to_owned()),
            id_number: Private::new(someone.id_number.to_owned()),
            phone: Private::new(someone.phone.to_owned()),
        },
        business: someone.business.map(|(kind, name, code)| Business {
            kind,
            name: Private::new(name.to_owned()),
            credit_code: Private::new(code.to_owned()),
        }),
        loan: match someone.price {
            Price::Final { principal, periods } => Some(Ask {
                principal,
                periods,
                start: None,
                first_due: None,
            }),
            Price::ByBorrower => None,
        },
        return_url: None,
        came: journey::Came::default(),
        idempotency_key: format!("demo-{}", someone.phone),
        request_digest: String::new(),
    };
    let opened = journey::open(ctx, seat, &opening).await?;
    let view = ctx.db.read(&seat.institution).await?;
    let link = access::live_link(ctx, &view, opened.journey.id.as_str()).await?;
    let url = match link {
        Some(link) => access::link_url(ctx, &view, link.id.as_str()).await?,
        None => String::new(),
    };
    Ok(DemoLink {
        name: someone.name.to_owned(),
        institution: code.to_owned(),
        journey: opened.journey.id.to_string(),
        url,
    })
}
