//! An inspection of the demo: one draw, and what it found.

use jiff::ToSpan as _;

use super::access::signed_in;
use super::houses::House;
use crate::access::{self, Right};
use crate::clock;
use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::id::InstitutionId;
use crate::inspection::{self, Asked};
use crate::journey::Outcome;
use crate::rectification::{self, Money, Severity};

/// What was found, how grave it is, and in how many days it is due: one day is over already.
const FINDINGS: [(&str, Severity, i32); 2] = [
    (
        "告知书发出后没有登记回访，请补登记并说明原因",
        Severity::Minor,
        -3,
    ),
    (
        "抽查发现两笔借款停在阅读一步超过三天，请联系借款人并说明办理方式",
        Severity::Major,
        5,
    ),
];

/// Days that the draw reaches back.
const DAYS: i32 = 30;

/// Drawn by the reviewer; the service desk is to put right what was found.
pub(super) async fn looked_over(
    ctx: &Ctx,
    institution: &InstitutionId,
    house: &House,
) -> Result<()> {
    let [service, _, reviewer, ..] = &house.staff;
    let today = clock::civil_date(ctx.clock.now_ms());
    let day = |days: i32| {
        let day = today.checked_add(days.days());
        day.map_err(|cause| Error::Internal(Box::new(cause)))
    };
    let view = ctx.db.read(institution).await?;
    let known = inspection::newest(&view).await?;
    drop(view);
    let draw = match known {
        Some(draw) => draw,
        None => {
            let asked = Asked {
                from: day(-DAYS)?,
                to: today,
                product: String::new(),
                partner: String::new(),
                outcome: Outcome::Any,
                n: 20,
                words: "季度自查".to_owned(),
            };
            let reviewer = signed_in(ctx, house, reviewer).await?;
            inspection::draw(ctx, &reviewer, &asked).await?
        }
    };
    let view = ctx.db.read(institution).await?;
    let known = rectification::newest(&view, 2).await?.len();
    let colleagues = access::colleagues_with(&view, Right::HandleRectifications).await?;
    drop(view);
    let responsible = colleagues
        .into_iter()
        .find(|(_, label)| label.contains(service.badge))
        .ok_or_else(|| Error::internal("nobody in the demo puts findings right"))?;
    for (words, severity, days) in FINDINGS.into_iter().skip(known) {
        let new = rectification::New {
            draw: Some(draw.id.to_string()),
            journey: None,
            column: None,
            severity,
            words: words.to_owned(),
            responsible: responsible.0.to_string(),
            due: day(days)?,
            money: Money::Runs,
        };
        let reviewer = signed_in(ctx, house, reviewer).await?;
        rectification::open(ctx, &reviewer, &new).await?;
    }
    Ok(())
}
