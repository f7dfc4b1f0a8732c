//! One subject as the console shows it: what is kept, why, for how long, and who may open it. Nothing is opened.

use std::collections::HashMap;

use super::actions::days_left;
use super::item::ItemKind;
use super::keyring;
use super::model::{GrantId, OpeningId, Purpose, Subject, SubjectId};
use super::opening::{Opening, Strange};
use super::private::Private;
use super::read::{mask_label, plain_text, reason_label, subject, subjects};
use super::retention::Rule;
use super::seal::{Label, unseal};
use super::store::case_items::Own;
use super::store::destructions::{self, DestructionRow, HoldRow};
use super::store::openings::{self, OpeningRow, Which};
use super::store::{self, GrantRow, KeptRow};
use crate::ctx::Ctx;
use crate::db::{Page, Read};
use crate::error::{Error, Result};
use crate::keys::Key;

/// Newest grants shown.
const GRANTS_MAX: i64 = 100;

/// An item from outside.
pub struct Item {
    pub kind: ItemKind,
    pub mask: String,
    pub row: KeptRow,
    pub rule: &'static Rule,
}

/// A subject from outside.
pub struct Card {
    pub subject: Subject,
    pub created_at_ms: i64,
    pub relation_ended_at_ms: Option<i64>,
    /// Days until the rules let it go; none while the relation lasts.
    pub days_left: Option<i64>,
    pub items: Vec<Item>,
    pub grants: Vec<GrantRow>,
    pub holds: Vec<HoldRow>,
    pub proposed: Option<DestructionRow>,
}

/// A subject of the view's institution from outside.
pub async fn card(ctx: &Ctx, view: &impl Read, id: &SubjectId) -> Result<Card> {
    let subject = subject(ctx, view, id).await?;
    let relation = destructions::relation(view, id)
        .await?
        .ok_or_else(Error::not_found)?;
    let key = key(ctx, view, id).await?;
    let mut items = Vec::new();
    for row in store::kept(view, id).await? {
        // The masked forms themselves are no item of their own.
        let Some(kind) = ItemKind::parse(&row.item) else {
            continue;
        };
        let mask = match (&row.mask, kind) {
            (Some(sealed), _) => {
                let name = match &row.case_id {
                    Some(case) => Own::Said(kind).label(case),
                    None => row.item.clone(),
                };
                let label = Label {
                    institution: view.institution()?.as_str(),
                    subject: id.as_str(),
                    item: &mask_label(&name),
                    version: row.version,
                };
                plain_text(&unseal(&key, &label, sealed)?)?.expose().clone()
            }
            (None, ItemKind::Name) => subject.name_masked.clone(),
            (None, ItemKind::IdNumber) => subject.id_number_masked.clone(),
            (None, ItemKind::Phone) => subject.phone_masked.clone(),
            (None, ItemKind::BusinessName) => subject.name_masked.clone(),
            (None, ItemKind::CreditCode) => subject.id_number_masked.clone(),
            (None, _) => String::new(),
        };
        let rule = Rule::by_code(&row.retention)
            .ok_or_else(|| Error::internal("an unknown retention rule"))?;
        items.push(Item {
            kind,
            mask,
            row,
            rule,
        });
    }
    items.sort_by_key(|item| {
        let place = ItemKind::ALL.iter().position(|kind| *kind == item.kind);
        (place, item.row.case_id.clone())
    });
    let codes: Vec<String> = items
        .iter()
        .map(|item| item.row.retention.clone())
        .collect();
    let ended = relation.relation_ended_at_ms;
    Ok(Card {
        subject,
        created_at_ms: relation.created_at_ms,
        relation_ended_at_ms: ended,
        days_left: days_left(&codes, ended, ctx.clock.now_ms()),
        items,
        grants: store::grants(view, id, GRANTS_MAX).await?,
        holds: destructions::holds(view, id).await?,
        proposed: destructions::proposed(view, id).await?,
    })
}

async fn key(ctx: &Ctx, view: &impl Read, id: &SubjectId) -> Result<Key> {
    let row = store::epochs::wrapped_now(view, id)
        .await?
        .ok_or_else(Error::not_found)?;
    keyring::unwrap_for_reader(ctx, view.institution()?, id, &row).await
}

/// Subjects of the institution, newest first, masked.
pub async fn list(
    ctx: &Ctx,
    view: &impl Read,
    after: Option<&str>,
    limit: i64,
) -> Result<Page<Subject>> {
    let ids = store::list(view, after.unwrap_or(""), limit + 1).await?;
    let page = Page::cut(ids, limit, |id| id.to_string());
    let mut found = subjects(ctx, view, &page.rows).await?;
    Ok(Page {
        rows: page.rows.iter().filter_map(|id| found.remove(id)).collect(),
        next: page.next,
    })
}

/// Which openings somebody wants to see.
#[derive(Clone, Copy, Debug)]
pub enum Openings<'a> {
    All,
    Strange,
    Of(&'a SubjectId),
    /// Of one subject, for the work on one case.
    About(&'a SubjectId, &'a str),
}

/// Openings, newest first, with their reasons.
pub async fn openings(
    ctx: &Ctx,
    view: &impl Read,
    which: Openings<'_>,
    after: Option<&str>,
    limit: i64,
) -> Result<Page<Opening>> {
    let which = match which {
        Openings::All => Which::All,
        Openings::Strange => Which::Strange,
        Openings::Of(subject) => Which::Of(subject),
        Openings::About(subject, case) => Which::About(subject, case),
    };
    let rows = openings::openings(view, which, after.unwrap_or(""), limit + 1).await?;
    let page = Page::cut(rows, limit, |row| row.id.clone());
    let mut keys: HashMap<String, Key> = HashMap::new();
    let mut found = Vec::with_capacity(page.rows.len());
    for row in page.rows {
        if row.reason.is_some() && !keys.contains_key(&row.subject_id) {
            let id = SubjectId::stored(row.subject_id.clone());
            keys.insert(row.subject_id.clone(), key(ctx, view, &id).await?);
        }
        let key = keys.get(&row.subject_id);
        found.push(opening(view, row, key)?);
    }
    Ok(Page {
        rows: found,
        next: page.next,
    })
}

fn opening(view: &impl Read, row: OpeningRow, key: Option<&Key>) -> Result<Opening> {
    let unknown = || Error::internal("an opening of an unknown kind");
    let reason: Option<Private<String>> = match (&row.reason, key) {
        (Some(sealed), Some(key)) => {
            let label = Label {
                institution: view.institution()?.as_str(),
                subject: &row.subject_id,
                item: &reason_label(&row.id),
                version: 1,
            };
            Some(plain_text(&unseal(key, &label, sealed)?)?)
        }
        _ => None,
    };
    Ok(Opening {
        item: ItemKind::parse(&row.item).ok_or_else(unknown)?,
        purpose: Purpose::parse(&row.purpose).ok_or_else(unknown)?,
        strange: Strange::parse_list(&row.strange),
        id: OpeningId::stored(row.id),
        subject: SubjectId::stored(row.subject_id),
        grant: GrantId::stored(row.grant_id),
        seat_kind: row.seat_kind,
        seat_id: row.seat_id,
        at_ms: row.at_ms,
        case: row.case_id,
        reason,
    })
}

/// Destructions, newest first.
pub async fn destroyed(
    view: &impl Read,
    after: Option<&str>,
    limit: i64,
) -> Result<Page<DestructionRow>> {
    let rows = destructions::destructions(view, after.unwrap_or(""), limit + 1).await?;
    Ok(Page::cut(rows, limit, |row| row.destruction().to_string()))
}
