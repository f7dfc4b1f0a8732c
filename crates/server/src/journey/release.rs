//! May the money move? The answer names every missing protection; it never allows what is not proved.

use serde::Serialize;

use super::facts;
use super::model::{Journey, State};
use crate::clock;
use crate::ctx::Ctx;
use crate::db::{Read as _, View};
use crate::disclosure::{self, Sheet};
use crate::error::{Result, Text};
use crate::ledger::{self, Sworn as _};
use crate::product::{self, Protection};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    Denied,
    Allowed,
}

/// One thing that is missing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Missing {
    pub code: &'static str,
    pub message: Text,
}

/// The answer.
#[derive(Clone, Debug, Serialize)]
pub struct Release {
    pub decision: Decision,
    pub missing: Vec<Missing>,
    pub terms_digest: Option<String>,
    pub checked_at_ms: i64,
    /// Entries under the institution's latest checkpoint.
    pub proved_size: i64,
}

/// What is known about a journey when the question is asked.
struct Known<'a> {
    journey: &'a Journey,
    required: &'a [Protection],
    sheet: Option<&'a Sheet>,
    product: product::State,
    evidence: ledger::State,
    sealed: bool,
    lapsed: bool,
    now_ms: i64,
}

/// Everything missing, in the order a person would do it. Pure.
fn missing(known: &Known<'_>) -> Vec<Missing> {
    let mut list = Vec::new();
    let mut miss = |code, zh: &'static str, en: &'static str| {
        list.push(Missing {
            code,
            message: Text::new(zh, en),
        })
    };
    if known.journey.state == State::Expired || known.journey.alive(known.now_ms).is_err() {
        miss("journey_expired", "业务已过期", "The journey has expired");
    }
    if known.product != product::State::Released {
        miss(
            "product_not_released",
            "产品版本未发布",
            "The product version is not released",
        );
    }
    for protection in known.required {
        match protection {
            Protection::CostDisclosure => match known.sheet {
                None => miss(
                    "price_not_final",
                    "价格尚未确定，明示表未生成",
                    "The price is not final; there is no cost sheet yet",
                ),
                Some(sheet) => {
                    let progress = &sheet.progress;
                    if progress.shown_at_ms.is_none() && progress.read_at_ms.is_none() {
                        miss(
                            "sheet_not_shown",
                            "明示表未展示",
                            "The cost sheet was not shown",
                        );
                    }
                    if progress.read_at_ms.is_none() {
                        miss(
                            "sheet_not_read",
                            "明示表未读完",
                            "The cost sheet was not read to its end",
                        );
                    }
                    if progress.understood_at_ms.is_none() {
                        miss(
                            "sheet_not_understood",
                            "理解问题未答对",
                            "The questions were not answered rightly",
                        );
                    }
                    if progress.confirmed_at_ms.is_none() {
                        miss(
                            "sheet_not_confirmed",
                            "明示表未确认",
                            "The cost sheet was not confirmed",
                        );
                    }
                }
            },
        }
    }
    if known.lapsed {
        miss(
            "price_lapsed",
            "放款日已过太久，价格需重新确定",
            "The start lies too far back; the price must be made anew",
        );
    }
    if known.sealed {
        miss(
            "evidence_sealed",
            "证据账本已封存，等待人工处理",
            "The evidence log is sealed until a person decides",
        );
    }
    if known.evidence != ledger::State::Proved {
        miss(
            "evidence_not_proved",
            "证据尚未公布检查点",
            "The evidence is not under a published checkpoint yet",
        );
    }
    list
}

/// Answers for one journey, from one moment of the database.
pub async fn ask(ctx: &Ctx, view: &View, journey: &Journey) -> Result<Release> {
    let sheet = disclosure::find(view, journey.id.as_str()).await?;
    let version = product::version(view, &journey.product, journey.product_version).await?;
    // What happens after completion (a new look at the documents) is evidence too, but no longer a protection.
    let completed = ledger::latest(view, journey.id.as_str(), facts::Completed::KIND).await?;
    let through_no = completed.map_or(i64::MAX, |entry| entry.no);
    let (evidence, proved_size) = ledger::proved(view, journey.id.as_str(), through_no).await?;
    let now_ms = ctx.clock.now_ms();
    let missing = missing(&Known {
        journey,
        required: &version.definition.required,
        sheet: sheet.as_ref(),
        product: version.state,
        evidence,
        sealed: ledger::sealed(ctx, view.institution()?).is_some(),
        lapsed: lapsed(ctx, sheet.as_ref(), now_ms)?,
        now_ms,
    });
    Ok(Release {
        decision: if missing.is_empty() {
            Decision::Allowed
        } else {
            Decision::Denied
        },
        missing,
        terms_digest: journey.terms_digest.clone(),
        checked_at_ms: now_ms,
        proved_size,
    })
}

/// Whether the loan's first day lies further back than a release may reach; the plan's dates would be false.
fn lapsed(ctx: &Ctx, sheet: Option<&Sheet>, now_ms: i64) -> Result<bool> {
    let Some(sheet) = sheet else { return Ok(false) };
    let start_ms = clock::start_of(sheet.shown()?.sheet.terms.start);
    Ok(now_ms - start_ms > ctx.config.journey.release_days * clock::DAY_MS)
}
