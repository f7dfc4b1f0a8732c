//! 放款应急: two people release a loan's money although protections are missing, and name exactly which.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa_axum::routes;

use super::model::Refused;
use super::{JourneyId, actions, store};
use crate::access::{self, Right, Staff};
use crate::ctx::Ctx;
use crate::db::{Page, Read};
use crate::error::Result;
use crate::http::{self, Body, Form, Nothing, PageView, Paging, Path, Query, Routes, Table};
use crate::ledger;

crate::id!(
    /// What two people decided in an emergency.
    BreakGlassId,
    "brg"
);

pub fn routes() -> Routes {
    Routes::new()
        .routes(routes!(list))
        .routes(routes!(ask))
        .routes(routes!(agree))
        .routes(routes!(refuse))
}

/// How long it is worth anything from when it was asked for.
pub const LASTS_MS: i64 = 60 * 60_000;
/// How often it may be asked about one journey within a day.
pub const ASKED_MAX: i64 = 20;

/// A release asked for in an emergency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BreakGlass {
    pub id: BreakGlassId,
    pub journey: JourneyId,
    /// Of the terms that are released.
    pub terms_digest: String,
    /// Codes of what was missing, sorted: these are set aside and no other.
    pub missing: Vec<String>,
    /// Why, without anybody's data.
    pub words: String,
    pub asked_by: String,
    pub asked_at_ms: i64,
    pub agreed_by: Option<String>,
    pub agreed_at_ms: Option<i64>,
    /// Who took it back or said no.
    pub refused_by: Option<String>,
    pub refused_at_ms: Option<i64>,
    /// When a token was issued on it.
    pub used_at_ms: Option<i64>,
    pub version: i64,
}

/// Where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = BreakGlassState)]
pub enum Stage {
    /// A colleague is to agree.
    Asked,
    /// One token may be issued on it.
    Agreed,
    /// Taken back, or a colleague said no.
    Refused,
    Used,
    Over,
}

impl BreakGlass {
    pub fn state(&self, now_ms: i64) -> Stage {
        match (self.used_at_ms, self.agreed_at_ms) {
            (Some(_), _) => Stage::Used,
            _ if self.refused_at_ms.is_some() => Stage::Refused,
            _ if now_ms >= self.over_at_ms() => Stage::Over,
            (None, Some(_)) => Stage::Agreed,
            (None, None) => Stage::Asked,
        }
    }

    pub fn over_at_ms(&self) -> i64 {
        self.asked_at_ms + LASTS_MS
    }

    /// Somebody else agrees, in time.
    pub fn agree(mut self, by: &str, now_ms: i64) -> Result<Self, Refused> {
        if self.asked_by == by {
            return Err(Refused::OwnBreakGlass);
        }
        if self.state(now_ms) != Stage::Asked {
            return Err(Refused::BreakGlassOver);
        }
        self.agreed_by = Some(by.to_owned());
        self.agreed_at_ms = Some(now_ms);
        Ok(self)
    }

    /// Whoever asked takes it back, or somebody else says no, also after it was agreed to.
    pub fn refuse(mut self, by: &str, now_ms: i64) -> Result<Self, Refused> {
        if !matches!(self.state(now_ms), Stage::Asked | Stage::Agreed) {
            return Err(Refused::BreakGlassOver);
        }
        self.refused_by = Some(by.to_owned());
        self.refused_at_ms = Some(now_ms);
        Ok(self)
    }

    /// Whether a token may be issued on it for these terms, from which exactly this is missing.
    pub fn covers(&self, terms_digest: Option<&str>, missing: &[String], now_ms: i64) -> bool {
        self.state(now_ms) == Stage::Agreed
            && terms_digest == Some(self.terms_digest.as_str())
            && missing.iter().all(|code| self.missing.contains(code))
    }
}

/// One as the console shows it.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = BreakGlassRow)]
pub(super) struct Row {
    id: String,
    journey: String,
    state: Stage,
    missing: Vec<String>,
    words: String,
    asked_by: String,
    asked_at_ms: i64,
    agreed_by: Option<String>,
    agreed_at_ms: Option<i64>,
    refused_by: Option<String>,
    refused_at_ms: Option<i64>,
    used_at_ms: Option<i64>,
    over_at_ms: i64,
    /// Somebody else is to agree.
    own: bool,
}

async fn row(view: &impl Read, staff: &Staff, one: BreakGlass, now_ms: i64) -> Result<Row> {
    let label = async |by: &Option<String>| match by {
        Some(by) => access::staff_label(view, by).await.map(Some),
        None => Ok(None),
    };
    Ok(Row {
        id: one.id.to_string(),
        journey: one.journey.to_string(),
        state: one.state(now_ms),
        own: one.asked_by == staff.id.as_str(),
        over_at_ms: one.over_at_ms(),
        asked_by: access::staff_label(view, &one.asked_by).await?,
        agreed_by: label(&one.agreed_by).await?,
        refused_by: label(&one.refused_by).await?,
        missing: one.missing,
        words: one.words,
        asked_at_ms: one.asked_at_ms,
        agreed_at_ms: one.agreed_at_ms,
        refused_at_ms: one.refused_at_ms,
        used_at_ms: one.used_at_ms,
    })
}

const TABLE: Table = Table {
    name: "break-glass",
    columns: &[
        "id",
        "journey",
        "state",
        "missing",
        "asked_by",
        "asked_at_ms",
        "agreed_by",
        "agreed_at_ms",
        "refused_by",
        "refused_at_ms",
        "used_at_ms",
    ],
};

/// Of one journey alone, where it is named.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct BreakGlassFilter {
    #[serde(default)]
    journey: String,
}

/// Releases in an emergency, newest first.
#[utoipa::path(get, path = "/api/console/break-glass", params(BreakGlassFilter, Paging, Form), responses((status = 200, body = PageView<Row>)))]
async fn list(
    State(ctx): State<Ctx>,
    staff: Staff,
    Query(filter): Query<BreakGlassFilter>,
    Query(paging): Query<Paging>,
    Query(form): Query<Form>,
) -> Result<Response> {
    staff.must(Right::ViewIncidents)?;
    http::list(form, paging, TABLE, async |paging: Paging| {
        let limit = paging.limit()?;
        let after = paging.after().unwrap_or("");
        let view = ctx.db.read(&staff.institution).await?;
        let found = store::break_glasses(&view, &filter.journey, after, limit + 1).await?;
        let page = Page::cut(found, limit, |one| one.id.to_string());
        let mut rows = Vec::with_capacity(page.rows.len());
        for one in page.rows {
            rows.push(row(&view, &staff, one, ctx.clock.now_ms()).await?);
        }
        Ok(PageView {
            rows,
            next: page.next,
        })
    })
    .await
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct BreakGlassReason {
    /// Codes of what is missing, all of them, as the release answer names them.
    missing: Vec<String>,
    /// Why the money can't wait, in 4 to 200 characters, without anybody's data.
    words: String,
}

async fn one(ctx: &Ctx, staff: &Staff, id: &BreakGlassId) -> Result<Json<Row>> {
    let view = ctx.db.read(&staff.institution).await?;
    let found = store::break_glass(&view, id).await?;
    Ok(Json(row(&view, staff, found, ctx.clock.now_ms()).await?))
}

/// Asks that a booked loan be released although exactly this is missing; a colleague is to agree.
#[utoipa::path(post, path = "/api/console/journeys/{id}/break-glass", request_body = BreakGlassReason, responses((status = 200, body = Row)))]
async fn ask(
    State(ctx): State<Ctx>,
    staff: Staff,
    Path(id): Path<String>,
    Body(reason): Body<BreakGlassReason>,
) -> Result<Json<Row>> {
    staff.must_now(Right::BreakGlass, ctx.clock.now_ms())?;
    let id = JourneyId::parse(&id)?;
    let seat = staff.seat();
    let act = || actions::ask_break_glass(&ctx, &seat, &id, &reason.missing, &reason.words);
    let asked = ledger::retrying(act).await?;
    one(&ctx, &staff, &asked).await
}

/// Agrees to what a colleague asked for: the lender's system may have one token.
#[utoipa::path(post, path = "/api/console/journeys/{id}/break-glass/{glass}/agree", request_body = Nothing, responses((status = 200, body = Row)))]
async fn agree(
    State(ctx): State<Ctx>,
    staff: Staff,
    Path((id, glass)): Path<(String, String)>,
    Body(Nothing {}): Body<Nothing>,
) -> Result<Json<Row>> {
    staff.must_now(Right::BreakGlass, ctx.clock.now_ms())?;
    let id = JourneyId::parse(&id)?;
    let glass = BreakGlassId::parse(&glass)?;
    let seat = staff.seat();
    ledger::retrying(|| actions::agree_break_glass(&ctx, &seat, &id, &glass)).await?;
    one(&ctx, &staff, &glass).await
}

/// Takes back what one asked for, or says no to what a colleague asked for, while no token was issued on it.
#[utoipa::path(post, path = "/api/console/journeys/{id}/break-glass/{glass}/refuse", request_body = Nothing, responses((status = 200, body = Row)))]
async fn refuse(
    State(ctx): State<Ctx>,
    staff: Staff,
    Path((id, glass)): Path<(String, String)>,
    Body(Nothing {}): Body<Nothing>,
) -> Result<Json<Row>> {
    staff.must(Right::BreakGlass)?;
    let id = JourneyId::parse(&id)?;
    let glass = BreakGlassId::parse(&glass)?;
    let seat = staff.seat();
    ledger::retrying(|| actions::refuse_break_glass(&ctx, &seat, &id, &glass)).await?;
    one(&ctx, &staff, &glass).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked() -> BreakGlass {
        BreakGlass {
            id: BreakGlassId::stored("brg_1".to_owned()),
            journey: JourneyId::stored("jny_1".to_owned()),
            terms_digest: "aa".to_owned(),
            missing: vec!["approval_expired".to_owned(), "witness_quorum".to_owned()],
            words: "见证机构停机".to_owned(),
            asked_by: "a".to_owned(),
            asked_at_ms: 0,
            agreed_by: None,
            agreed_at_ms: None,
            refused_by: None,
            refused_at_ms: None,
            used_at_ms: None,
            version: 1,
        }
    }

    #[test]
    fn two_people_set_aside_what_they_named_for_an_hour() {
        assert_eq!(asked().agree("a", 1), Err(Refused::OwnBreakGlass));
        let late = asked().agree("b", LASTS_MS);
        assert_eq!(late, Err(Refused::BreakGlassOver));
        let agreed = asked().agree("b", 1).expect("agreed");
        let twice = agreed.clone().agree("c", 2);
        assert_eq!(twice, Err(Refused::BreakGlassOver));
        let codes = |codes: &[&str]| -> Vec<String> {
            codes.iter().map(|code| (*code).to_owned()).collect()
        };
        let all = codes(&["approval_expired", "witness_quorum"]);
        let more = codes(&["approval_expired", "held"]);
        for (glass, terms, missing, now_ms, covers) in [
            (&agreed, Some("aa"), &all, 2, true),
            // One came back meanwhile.
            (&agreed, Some("aa"), &codes(&["witness_quorum"]), 2, true),
            (&agreed, Some("aa"), &more, 2, false),
            (&agreed, Some("bb"), &all, 2, false),
            (&agreed, None, &all, 2, false),
            (&agreed, Some("aa"), &all, LASTS_MS, false),
            (&asked(), Some("aa"), &all, 2, false),
        ] {
            assert_eq!(glass.covers(terms, missing, now_ms), covers, "{missing:?}");
        }
        for (by, one) in [("a", asked()), ("b", asked()), ("a", agreed.clone())] {
            let refused = one.refuse(by, 2).expect("refused");
            assert_eq!(refused.state(3), Stage::Refused);
            assert!(!refused.covers(Some("aa"), &all, 3));
            assert_eq!(refused.clone().agree("b", 3), Err(Refused::BreakGlassOver));
            assert_eq!(refused.refuse("b", 3), Err(Refused::BreakGlassOver));
        }
        let used = BreakGlass {
            used_at_ms: Some(2),
            ..agreed
        };
        assert_eq!(used.state(3), Stage::Used);
        assert!(!used.covers(Some("aa"), &all, 3));
        assert_eq!(used.refuse("a", 3), Err(Refused::BreakGlassOver));
    }
}
