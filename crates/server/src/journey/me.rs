//! 我的借款与权益: what a person sees of everything they have with this lender.

use std::collections::HashMap;

use cost::{CostSheet, EarlySettlement};
use jiff::civil::Date;
use serde::Serialize;

use super::changes::{self, ChangeRow};
use super::documents::{DocumentView, offered};
use super::kind::Kind;
use super::model::{Journey, Next, State};
use super::views::{InstitutionView, state_at};
use super::{JourneyId, store};
use crate::access::{self, Reach, RightsHolder};
use crate::ctx::Ctx;
use crate::db::{Page, Read};
use crate::disclosure::{self, Audience, Sheet, Step};
use crate::error::{Error, Field, Result, Text};
use crate::http::{PageView, Paging};
use crate::product;
use crate::vault;

/// The first screen.
#[derive(Serialize, utoipa::ToSchema)]
pub struct Me {
    institution: InstitutionView,
    borrower_name_masked: String,
    phone_masked: String,
    audience: Audience,
    reach: Extent,
    loans: PageView<Row>,
}

/// How much of the person's is shown.
#[derive(Clone, Copy, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = MyReach)]
enum Extent {
    /// Everything with this lender.
    Person,
    /// Only this case, until identity is verified: the phone that let them in is not yet known to be the person's.
    Case,
}

impl Extent {
    fn of(reach: &Reach) -> Self {
        match reach {
            Reach::Person(_) => Self::Person,
            Reach::Case(..) => Self::Case,
        }
    }
}

/// One journey in the person's list, newest first.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = MyLoanRow)]
pub struct Row {
    id: String,
    kind: Kind,
    product_name: Text,
    state: State,
    step: Next,
    principal: Option<i64>,
    periods: Option<i64>,
    composite_ppm: Option<i64>,
    created_at_ms: i64,
}

/// One journey with everything that may be kept of it.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = MyLoan)]
pub struct Loan {
    #[serde(flatten)]
    row: Row,
    sheet: Option<CostSheet>,
    sheet_digest: Option<String>,
    confirmed_at_ms: Option<i64>,
    documents: Vec<DocumentView>,
    /// Changes of its terms, the newest first.
    changes: Vec<ChangeRow>,
}

fn row(journey: &Journey, product_name: Text, step: Option<Step>, now_ms: i64) -> Row {
    Row {
        id: journey.id.to_string(),
        kind: journey.kind,
        product_name,
        state: state_at(journey, now_ms),
        step: journey.next(step),
        principal: journey.principal,
        periods: journey.periods,
        composite_ppm: journey.composite_ppm,
        created_at_ms: journey.created_at_ms,
    }
}

/// Every journey of the person's within the session's reach, a page at a time.
pub async fn everything(ctx: &Ctx, holder: &RightsHolder, paging: &Paging) -> Result<Me> {
    let limit = paging.limit()?;
    let now_ms = ctx.clock.now_ms();
    let view = ctx.db.read(&holder.customer.institution).await?;
    let here = store::find(&view, &JourneyId::parse(&holder.customer.case)?).await?;
    let person = vault::subject_in(ctx, &view, &here.subject, here.id.as_str()).await?;
    let institution = access::institution(&view, &holder.customer.institution).await?;
    let (after, reach) = (paging.after().unwrap_or(""), Extent::of(&holder.reach));
    let found = match &holder.reach {
        Reach::Person(subject) => {
            let filter = store::Filter {
                subjects: vec![subject.clone()],
                ..store::Filter::default()
            };
            store::list(&view, &filter, now_ms, after, limit + 1).await?
        }
        Reach::Case(..) if after.is_empty() => vec![here.clone()],
        Reach::Case(..) => Vec::new(),
    };
    let page = Page::cut(found, limit, |journey| journey.id.to_string());
    let cases: Vec<&str> = page.rows.iter().map(|one| one.id.as_str()).collect();
    let steps = disclosure::steps(&view, &cases).await?;
    let mut names: HashMap<(String, i64), Text> = HashMap::new();
    let mut rows = Vec::with_capacity(page.rows.len());
    for journey in &page.rows {
        let key = (journey.product.to_string(), journey.product_version);
        let name = match names.get(&key) {
            Some(known) => known.clone(),
            None => {
                let name = name_of(&view, journey).await?;
                names.insert(key, name.clone());
                name
            }
        };
        let step = steps.get(journey.id.as_str()).copied();
        rows.push(row(journey, name, step, now_ms));
    }
    Ok(Me {
        institution: InstitutionView {
            code: institution.code,
            name: institution.name,
            short_name: institution.short_name,
            hotline: institution.hotline,
        },
        borrower_name_masked: here.borrower_masked,
        phone_masked: person.phone_masked,
        audience: here.audience,
        reach,
        loans: PageView {
            rows,
            next: page.next,
        },
    })
}

async fn name_of(view: &impl Read, journey: &Journey) -> Result<Text> {
    let version = product::version(view, &journey.product, journey.product_version).await?;
    Ok(version.definition.name)
}

/// A journey of the signed-in person; what their session doesn't reach is not found.
pub async fn own(view: &impl Read, holder: &RightsHolder, id: &str) -> Result<Journey> {
    let journey = store::find(view, &JourneyId::parse(id)?).await?;
    holder
        .reach
        .must_cover(&journey.subject, journey.id.as_str())?;
    Ok(journey)
}

/// One journey of the signed-in person.
pub async fn loan(ctx: &Ctx, holder: &RightsHolder, id: &str) -> Result<Loan> {
    let view = ctx.db.read(&holder.customer.institution).await?;
    let journey = own(&view, holder, id).await?;
    let sheet = disclosure::find(&view, journey.id.as_str()).await?;
    let name = name_of(&view, &journey).await?;
    let step = sheet.as_ref().map(Sheet::step);
    let shown = sheet.as_ref().map(Sheet::shown).transpose()?;
    Ok(Loan {
        row: row(&journey, name, step, ctx.clock.now_ms()),
        documents: offered(&view, journey.id.as_str()).await?,
        changes: changes::of(&view, &journey, ctx.clock.now_ms()).await?,
        confirmed_at_ms: sheet
            .as_ref()
            .and_then(|sheet| sheet.progress.confirmed_at_ms),
        sheet_digest: sheet.map(|sheet| sheet.sheet_digest),
        sheet: shown.map(|shown| shown.sheet),
    })
}

/// What ends a loan on a chosen day, every instalment due until then having been paid.
pub async fn settlement(
    ctx: &Ctx,
    holder: &RightsHolder,
    id: &str,
    on: Date,
) -> Result<EarlySettlement> {
    let view = ctx.db.read(&holder.customer.institution).await?;
    let journey = own(&view, holder, id).await?;
    let in_force = changes::terms_on(&view, &journey.id, on).await?;
    cost::early_settlement(&in_force.terms, on).map_err(|cause| {
        Error::Invalid(vec![Field::new(
            "on",
            cause.code(),
            Text::new(cause.zh(), cause.en()),
        )])
    })
}
