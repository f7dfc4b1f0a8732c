//! May the money move? The answer names every missing protection; it never allows what is not proved.

use std::collections::BTreeSet;

use serde::Serialize;

use super::facts;
use super::holds::Hold;
use super::kind::Kind;
use super::line::{self, Unborne};
use super::model::{Journey, State};
use super::parties;
use super::quorum::{self, Quorum};
use super::steps::{self, Standing};
use super::store;
use crate::clock;
use crate::ctx::Ctx;
use crate::db::Read;
use crate::disbursement::{self, Protections};
use crate::disclosure::{self, Sheet};
use crate::error::{self, Field, Refuse, Result, Text};
use crate::ledger::{self, Sworn as _};
use crate::product::{self, Progress, Protection};
use crate::roster::{self, Obstacle};
use crate::suitability::DecidedFact;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    Denied,
    Allowed,
}

/// One thing that is missing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Missing {
    pub code: &'static str,
    pub message: Text,
}

/// A token was asked for and the answer is no.
#[derive(Debug)]
pub struct Denied(pub Vec<Missing>);

impl Refuse for Denied {
    fn code(&self) -> &'static str {
        "release_denied"
    }
    fn kind(&self) -> error::Kind {
        error::Kind::Conflict
    }
    fn text(&self) -> Text {
        Text::new(
            "还不能放款，缺少的见 fields。",
            "The money may not move; fields names what is missing.",
        )
    }
    fn fields(&self) -> Vec<Field> {
        let field = |missing: &Missing| Field::new("", missing.code, missing.message.clone());
        self.0.iter().map(field).collect()
    }
}

/// What two people may set aside in an emergency: what could not be proved, or lapsed on the lender's side.
///
/// Never who is paid or how much, never what the borrower did not do or took back, and never what somebody stopped: a
/// colleague lifts a hold.
const SET_ASIDE: [&str; 5] = [
    "product_not_released",
    "line_not_in_force",
    "approval_expired",
    "evidence_not_proved",
    "witness_quorum",
];

/// Codes of what is missing, sorted, each once.
pub fn codes(missing: &[Missing]) -> Vec<String> {
    let codes: BTreeSet<&str> = missing.iter().map(|one| one.code).collect();
    codes.into_iter().map(str::to_owned).collect()
}

/// What is missing and nobody may set aside.
pub fn fixed(missing: &[Missing]) -> Vec<Missing> {
    let fixed = missing.iter().filter(|one| !SET_ASIDE.contains(&one.code));
    fixed.cloned().collect()
}

/// What is missing until the newest facts are under a checkpoint.
pub fn not_proved() -> Missing {
    Missing {
        code: "evidence_not_proved",
        message: Text::new(
            "证据尚未公布检查点",
            "The evidence is not under a published checkpoint yet",
        ),
    }
}

/// The code of a lacking quorum.
pub const QUORUM: &str = "witness_quorum";

/// What is missing until enough witnesses cosigned.
pub fn no_quorum() -> Missing {
    Missing {
        code: QUORUM,
        message: Text::new(
            "见证机构的联署不足",
            "Too few witnesses have cosigned the checkpoint",
        ),
    }
}

/// The answer.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct Release {
    pub decision: Decision,
    pub missing: Vec<Missing>,
    /// Something is missing, and two people may set all of it aside in an emergency.
    pub can_be_set_aside: bool,
    pub terms_digest: Option<String>,
    pub checked_at_ms: i64,
    /// Entries under the institution's latest checkpoint.
    pub proved_size: i64,
}

/// What is known about a journey when the question is asked.
struct Known<'a> {
    journey: &'a Journey,
    /// What the line of a drawdown lost, then the journey's own steps.
    steps: &'a [Standing],
    sheet: Option<&'a Sheet>,
    product: product::State,
    evidence: ledger::State,
    sealed: bool,
    /// The house came back from a backup, and nobody looked at the payments since.
    unreconciled: bool,
    quorum: Quorum,
    lapsed: bool,
    unborne: &'a [Unborne],
    /// A hold that stands.
    held: Option<&'a Hold>,
    /// The terms the lender asks about, where it names them.
    asked_terms: Option<&'a str>,
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
    if known.journey.disbursed_at_ms.is_some() {
        miss("already_disbursed", "已经放款", "The money was paid out");
    }
    if known.journey.state == State::Cancelled {
        miss("journey_cancelled", "借款已取消", "The loan was called off");
    } else if known.journey.alive(known.now_ms).is_err() {
        miss("journey_expired", "业务已过期", "The journey has expired");
    }
    if known.product != product::State::Released {
        miss(
            "product_not_released",
            "产品版本未发布",
            "The product version is not released",
        );
    }
    if known.journey.kind == Kind::Line {
        miss(
            "line_releases_nothing",
            "授信本身不放款，请为支用查询",
            "A credit line releases no money; ask for a drawdown",
        );
    }
    if known.journey.kind.is_party() {
        miss(
            "party_releases_nothing",
            "共同借款人和保证人本身不放款，请为所属借款查询",
            "A co-borrower or guarantor receives no money; ask for the loan itself",
        );
    }
    if known.journey.kind == Kind::Change {
        miss(
            "change_releases_nothing",
            "条件变更不放款",
            "A change of terms releases no money",
        );
    }
    for why in known.unborne {
        match why {
            Unborne::LineNotInForce => miss(
                "line_not_in_force",
                "所属授信已失效，请重新审批授信",
                "The credit line is not in force any more; decide on it anew",
            ),
            Unborne::ApprovalExpired => miss(
                "approval_expired",
                "审批结论已过有效期，请重新审批",
                "The approval has expired; decide anew",
            ),
            Unborne::OverLimit => miss(
                "over_limit",
                "支用超过授信现有的额度",
                "The drawdown is more than the line has room for now",
            ),
        }
    }
    for standing in known.steps {
        match standing.protection {
            Protection::CostDisclosure => sheet_missing(known.sheet, &mut miss),
            _ if standing.progress == Progress::Done => {}
            protection => {
                let (code, zh, en) = step_missing(protection, standing.progress);
                miss(code, zh, en);
            }
        }
    }
    if known
        .asked_terms
        .is_some_and(|asked| known.journey.terms_digest.as_deref() != Some(asked))
    {
        miss(
            "terms_changed",
            "所问的借款条件已不是最终条件",
            "The terms asked about are not the final ones",
        );
    }
    if let Some(hold) = known.held {
        let (zh, en) = hold.said();
        miss("held", zh, en);
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
    if known.unreconciled {
        miss(
            "restored_not_reconciled",
            "系统曾从备份恢复，备份之后的付款须先重新报告并确认",
            "The house came back from a backup; the payments since must be reported again first",
        );
    }
    if known.evidence != ledger::State::Proved {
        miss(
            "evidence_not_proved",
            "证据尚未公布检查点",
            "The evidence is not under a published checkpoint yet",
        );
    }
    if known.quorum == Quorum::Lacking {
        list.push(no_quorum());
    }
    list
}

/// What is missing of the sheet, one line for each act of the person.
fn sheet_missing(
    sheet: Option<&Sheet>,
    miss: &mut impl FnMut(&'static str, &'static str, &'static str),
) {
    let Some(Sheet { progress, .. }) = sheet else {
        return miss(
            "price_not_final",
            "价格尚未确定，明示表未生成",
            "The price is not final; there is no cost sheet yet",
        );
    };
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

/// How a step other than the sheet is missed: its code and words.
fn step_missing(
    protection: Protection,
    progress: Progress,
) -> (&'static str, &'static str, &'static str) {
    let refused = progress == Progress::Refused;
    match protection {
        Protection::PersonalInformationNotice => (
            "notice_not_acknowledged",
            "个人信息告知未确认",
            "The privacy notice was not acknowledged",
        ),
        Protection::SeparateConsents => (
            "consents_not_answered",
            "单独同意未逐项作答",
            "The separate consents were not answered",
        ),
        Protection::Identity if refused => (
            "identity_refused",
            "身份核验未通过",
            "The identity check failed",
        ),
        Protection::Identity => (
            "identity_not_checked",
            "身份核验未完成",
            "The identity check is not done",
        ),
        Protection::CreditAuthority => (
            "credit_authority_missing",
            "没有征信查询授权",
            "There is no authority for a credit report",
        ),
        Protection::Affordability if refused => (
            "affordability_refused",
            "还款能力评估未通过",
            "The loan was found not affordable",
        ),
        Protection::Affordability => (
            "affordability_not_assessed",
            "还款能力评估未完成",
            "Affordability was not assessed",
        ),
        Protection::CreditDecision if refused => (
            "credit_refused",
            "机构审批未通过",
            "The lender refused the loan",
        ),
        Protection::CreditDecision => (
            "credit_not_decided",
            "机构尚未审批",
            "The lender has not decided",
        ),
        Protection::Drawdown if refused => (
            "account_refused",
            "收款账户未核对为借款人本人",
            "The account was not confirmed as the borrower's own",
        ),
        Protection::Drawdown if progress != Progress::Open => (
            "account_not_checked",
            "收款账户尚未核对完成",
            "It is not yet known whether the account is the borrower's own",
        ),
        Protection::Drawdown => (
            "drawdown_not_chosen",
            "用款未确定",
            "Amount and use were not chosen",
        ),
        Protection::CostDisclosure => (
            "sheet_not_confirmed",
            "明示表未确认",
            "The cost sheet was not confirmed",
        ),
        Protection::Recording => (
            "not_recorded",
            "双录未完成",
            "The recording was not completed",
        ),
        Protection::Signing => (
            "contracts_not_signed",
            "合同未签署",
            "The contracts were not signed",
        ),
        Protection::TotalCostNotice => (
            "total_cost_not_confirmed",
            "放款前费用告知书未确认",
            "The notice of the total cost was not confirmed",
        ),
    }
}

/// Answers for one journey, from one moment of the database; for exactly these terms where the lender names them.
pub async fn ask(
    ctx: &Ctx,
    view: &impl Read,
    journey: &Journey,
    asked_terms: Option<&str>,
) -> Result<Release> {
    let sheet = disclosure::find(view, journey.id.as_str()).await?;
    let version = product::version(view, &journey.product, journey.product_version).await?;
    let now_ms = ctx.clock.now_ms();
    let mut steps = line::lacking(view, journey, now_ms).await?;
    steps.extend(steps::standings(view, journey, now_ms).await?);
    // What happens after completion (a new look at the documents) is evidence too, but no longer a protection.
    let completed = ledger::latest(view, journey.id.as_str(), facts::Completed::KIND).await?;
    // A journey whose terms changed after its completion is open again, and its older completion proves nothing.
    // A later decision, as after an approval that lapsed, bears the money too.
    let decided = ledger::latest(view, journey.id.as_str(), DecidedFact::KIND).await?;
    let through_no = match (journey.state, completed) {
        (State::Completed, Some(completed)) => {
            decided.map_or(completed.no, |decided| decided.no.max(completed.no))
        }
        _ => i64::MAX,
    };
    let (mut evidence, proved_size) = ledger::proved(view, journey.id.as_str(), through_no).await?;
    if let Some(line) = &journey.line
        && evidence == ledger::State::Proved
    {
        evidence = ledger::proved(view, line.as_str(), i64::MAX).await?.0;
    }
    let mut missing = missing(&Known {
        journey,
        steps: &steps,
        sheet: sheet.as_ref(),
        product: version.state,
        evidence,
        unreconciled: disbursement::is_unreconciled(view).await?,
        sealed: ledger::sealed(ctx, view.institution()?).is_some(),
        quorum: quorum::of(ctx, view, journey, through_no).await?,
        lapsed: lapsed(ctx, sheet.as_ref(), now_ms)?,
        unborne: &line::unborne(view, journey, now_ms).await?,
        held: store::stopping(view, journey).await?.as_ref(),
        asked_terms,
        now_ms,
    });
    missing.extend(parties::missing(view, journey, now_ms).await?);
    missing.extend(obstacles(view, sheet.as_ref(), now_ms).await?);
    Ok(Release {
        decision: if missing.is_empty() {
            Decision::Allowed
        } else {
            Decision::Denied
        },
        can_be_set_aside: !missing.is_empty() && fixed(&missing).is_empty(),
        missing,
        terms_digest: journey.terms_digest.clone(),
        checked_at_ms: now_ms,
        proved_size,
    })
}

/// Whether every step that a loan rests on stands: its own, its line's, and those of whoever answers for it.
pub async fn protections(view: &impl Read, journey: &Journey, now_ms: i64) -> Result<Protections> {
    let mut steps = line::lacking(view, journey, now_ms).await?;
    steps.extend(steps::standings(view, journey, now_ms).await?);
    let stand = steps::current(&steps).is_none() && parties::stand(view, journey, now_ms).await?;
    Ok(match stand {
        true => Protections::Stand,
        false => Protections::Missing,
    })
}

/// What the list of cooperating institutions holds against the price today.
async fn obstacles(view: &impl Read, sheet: Option<&Sheet>, now_ms: i64) -> Result<Vec<Missing>> {
    let found = match sheet {
        Some(sheet) => {
            let terms = sheet.shown()?.sheet.terms;
            roster::live(view, now_ms).await?.obstacles(&terms)
        }
        None => Vec::new(),
    };
    let missing = |obstacle: Obstacle| Missing {
        code: obstacle.code(),
        message: obstacle.text(),
    };
    Ok(found.into_iter().map(missing).collect())
}

/// Whether the loan's first day lies further back than a release may reach; the plan's dates would be false.
fn lapsed(ctx: &Ctx, sheet: Option<&Sheet>, now_ms: i64) -> Result<bool> {
    let Some(sheet) = sheet else { return Ok(false) };
    let start_ms = clock::start_of(sheet.shown()?.sheet.terms.start);
    Ok(now_ms - start_ms > ctx.config.journey.release_days * clock::DAY_MS)
}
