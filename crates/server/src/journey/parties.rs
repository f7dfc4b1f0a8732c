//! Co-borrowers and guarantors: named by the lender, seen beside the loan they answer for.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde::{Deserialize, Serialize};
use utoipa_axum::routes;

use super::actions::{self, PARTIES_MAX, Party};
use super::kind::Kind;
use super::model::{Journey, State as JourneyState};
use super::partner::LinkView;
use super::release::Missing;
use super::views::{state_at, unpriced_at};
use super::{JourneyId, facts, steps, store};
use crate::access::{self, Partner, Scope};
use crate::ctx::Ctx;
use crate::db::Read;
use crate::error::{Result, Text};
use crate::http::{Body, Path, Routes};
use crate::ledger::{self, Changed, Sworn as _};
use crate::product::Protection;
use crate::vault::{self, Private};

pub fn routes() -> Routes {
    Routes::new().routes(routes!(name))
}

/// How somebody answers for another's loan.
#[derive(Clone, Copy, Debug, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = PartyRole)]
enum Role {
    CoBorrower,
    Guarantor,
}

impl From<Role> for Kind {
    fn from(role: Role) -> Self {
        match role {
            Role::CoBorrower => Self::CoBorrower,
            Role::Guarantor => Self::Guarantor,
        }
    }
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PartyPerson)]
struct Person {
    name: Private<String>,
    id_number: Private<String>,
    phone: Private<String>,
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewParty)]
struct Named {
    role: Role,
    person: Person,
}

/// Somebody who answers for a loan.
#[derive(Serialize, utoipa::ToSchema)]
pub(super) struct PartyView {
    /// Their own journey, with its own link, steps, documents and bundle.
    id: String,
    role: Kind,
    name_masked: String,
    state: JourneyState,
    /// The step that their journey is at while it has no price.
    current: Option<Protection>,
    /// They confirmed the sheet of exactly the loan's final terms.
    confirmed: bool,
}

/// Who answers for a journey's loan.
pub(super) async fn of(view: &impl Read, journey: &Journey, now_ms: i64) -> Result<Vec<PartyView>> {
    let parties = store::parties_of(view, &journey.id, PARTIES_MAX).await?;
    let mut seen = Vec::with_capacity(parties.len());
    for party in parties {
        seen.push(seen_of(view, journey, party, now_ms).await?);
    }
    Ok(seen)
}

async fn seen_of(
    view: &impl Read,
    main: &Journey,
    party: Journey,
    now_ms: i64,
) -> Result<PartyView> {
    Ok(PartyView {
        confirmed: confirmed(main, &party),
        state: state_at(&party, now_ms),
        current: unpriced_at(view, &party, now_ms).await?,
        id: party.id.to_string(),
        role: party.kind,
        name_masked: party.borrower_masked,
    })
}

fn confirmed(main: &Journey, party: &Journey) -> bool {
    party.state == JourneyState::Completed && party.terms_digest == main.terms_digest
}

/// They confirmed these terms, and no step of theirs was taken back since.
async fn answers(view: &impl Read, main: &Journey, party: &Journey, now_ms: i64) -> Result<bool> {
    if !confirmed(main, party) {
        return Ok(false);
    }
    let standings = steps::standings(view, party, now_ms).await?;
    Ok(steps::current(&standings).is_none())
}

/// Whether everybody who answers for a loan still does.
pub(super) async fn stand(view: &impl Read, main: &Journey, now_ms: i64) -> Result<bool> {
    for party in store::parties_of(view, &main.id, PARTIES_MAX).await? {
        if !answers(view, main, &party, now_ms).await? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// What the release of a loan misses of those who answer for it.
pub(super) async fn missing(view: &impl Read, main: &Journey, now_ms: i64) -> Result<Vec<Missing>> {
    let mut missing = Vec::new();
    for party in store::parties_of(view, &main.id, PARTIES_MAX).await? {
        let (code, zh, en) = match party.kind {
            Kind::Guarantor => (
                "guarantor_not_confirmed",
                "保证人尚未就同一份明示表完成全部步骤，或已撤回授权",
                "A guarantor has not done every step for these terms, or took one back",
            ),
            _ => (
                "co_borrower_not_confirmed",
                "共同借款人尚未就同一份明示表完成全部步骤，或已撤回授权",
                "A co-borrower has not done every step for these terms, or took one back",
            ),
        };
        if !answers(view, main, &party, now_ms).await? {
            missing.push(Missing {
                code,
                message: Text::new(zh, en),
            });
            continue;
        }
        let case = party.id.as_str();
        let completed = ledger::latest(view, case, facts::Completed::KIND).await?;
        let through_no = completed.map_or(i64::MAX, |entry| entry.no);
        if ledger::proved(view, case, through_no).await?.0 != ledger::State::Proved {
            missing.push(Missing {
                code: "evidence_not_proved",
                message: Text::new(
                    "共同借款人或保证人的证据尚未公布检查点",
                    "The evidence of a co-borrower or guarantor is not under a published checkpoint yet",
                ),
            });
        }
    }
    Ok(missing)
}

/// A party as it was named, with the link that goes to them.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = NamedParty)]
struct Answer {
    #[serde(flatten)]
    party: PartyView,
    /// Absent once no link opens their journey any more.
    link: Option<LinkView>,
}

/// Names a co-borrower or guarantor of a loan or drawdown; the money doesn't move before each of them confirmed.
#[utoipa::path(post, path = "/v1/journeys/{id}/parties", request_body = Named, responses((status = 201, body = Answer), (status = 200, body = Answer, description = "Named already")))]
async fn name(
    State(ctx): State<Ctx>,
    partner: Partner,
    Path(id): Path<String>,
    Body(named): Body<Named>,
) -> Result<Response> {
    partner.must(Scope::WriteJourneys)?;
    let id = JourneyId::parse(&id)?;
    let party = Party {
        role: named.role.into(),
        person: vault::Person {
            name: named.person.name,
            id_number: named.person.id_number,
            phone: named.person.phone,
        },
    };
    let seat = partner.seat();
    let act = || actions::name_party(&ctx, &seat, &id, &party);
    let (journey, changed) = ledger::retrying(act).await?;
    let view = ctx.db.read(&partner.institution).await?;
    let main = store::find(&view, &id).await?;
    let link = match access::live_link(&ctx, &view, journey.id.as_str()).await? {
        Some(link) => Some(LinkView::of(&ctx, &view, &link).await?),
        None => None,
    };
    let answer = Answer {
        party: seen_of(&view, &main, journey, ctx.clock.now_ms()).await?,
        link,
    };
    let status = match changed {
        Changed::Yes => StatusCode::CREATED,
        Changed::No => StatusCode::OK,
    };
    Ok((status, Json(answer)).into_response())
}
